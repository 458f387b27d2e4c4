// Makes a system call of its own kind for ever, with the runtime's handlers for faults.
package main

import (
	"fmt"
	"syscall"
	"time"
)

func main() {
	fmt.Println("ready")
	for {
		syscall.Umask(18)
		time.Sleep(time.Millisecond)
	}
}
