// Goroutines that read the clock, sleep and talk to each other until standard input ends: for a
// tracer to attach to.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	stop := make(chan bool)
	done := make(chan string, 8)
	for i := 0; i < 4; i++ {
		go func() {
			beats := make(chan time.Time)
			go func() {
				for {
					select {
					case <-stop:
						return
					case beats <- time.Now():
						time.Sleep(time.Millisecond)
					}
				}
			}()
			for {
				select {
				case <-stop:
					done <- ""
					return
				case beat := <-beats:
					if since := time.Since(beat); since < 0 || since > 20*time.Second {
						done <- fmt.Sprint("a beat took ", since)
						return
					}
				case <-time.After(20 * time.Second):
					done <- "no beat for 20 s"
					return
				}
			}
		}()
	}
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
	close(stop)
	for i := 0; i < 4; i++ {
		if wrong := <-done; wrong != "" {
			fmt.Println(wrong)
		}
	}
	fmt.Println("well")
}
