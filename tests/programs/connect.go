// Connects to the address it is given and says what came of it; gets an answer if it can.
package main

import (
	"net"
	"os"
	"strings"
)

func main() {
	c, err := net.Dial("tcp", os.Args[1])
	if err == nil {
		_, err = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		answer := make([]byte, 4096)
		n := 0
		if err == nil {
			n, err = c.Read(answer)
		}
		if n > 0 {
			os.Stdout.WriteString("answered\n")
			return
		}
	}
	words := strings.Split(err.Error(), ": ")
	os.Stdout.WriteString(words[len(words)-1] + "\n")
	os.Exit(1)
}
