package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/glasswatch/glasswatch/internal/cli"
)

// child runs this program in another role. It returns where to push to, and what ends the child; that returns the most memory that was
// resident, in MB.
func child(role, dir string, smtpPort int) (url string, stop func() (peak float64)) {
	exe, err := os.Executable()
	check(err)
	cmd := exec.Command(exe, "-role", role, "-smtp", fmt.Sprint(smtpPort), dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	url, err = bufio.NewReader(out).ReadString('\n')
	check(err)
	return strings.TrimSpace(url), func() float64 {
		check(in.Close())
		check(cmd.Wait())
		return float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024
	}
}

// ended waits for the parent to close the pipe.
func ended() { _, _ = io.Copy(io.Discard, os.Stdin) }

// sameMail is where the floor sends the mail that the product sends; elsewhere it is one line.
const sameMail = "/same"

// serveFloor serves the least that must be done.
func serveFloor(dir string, smtpPort int) {
	file, err := os.Create(filepath.Join(dir, "floor.log"))
	check(err)
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		check(err)
		logged := make(chan error, 1)
		go func() {
			_, err := file.Write(body)
			if err == nil {
				err = unix.Fdatasync(int(file.Fd()))
			}
			logged <- err
		}()
		if bytes.Contains(body, []byte(objectID)) {
			i := bytes.Index(body, town) + len(town)
			mail := "Subject: " + string(body[i:i+bytes.IndexByte(body[i:], '"')]) + "\r\n"
			if r.URL.Path == sameMail {
				same, err := os.ReadFile(filepath.Join(dir, mailFile))
				check(err)
				mail += strings.ReplaceAll(string(same), "\r\n.", "\r\n..")
			} else {
				mail += "\r\nsigned in\r\n"
			}
			sendByHand(smtpPort, mail)
		}
		check(<-logged)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() { _ = http.Serve(l, http.HandlerFunc(handler)) }()
	fmt.Println("http://" + l.Addr().String())
	ended()
}

// sendByHand is a minimal SMTP conversation.
func sendByHand(port int, mail string) {
	conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	check(err)
	defer conn.Close()
	r := bufio.NewReader(conn)
	answer := func() {
		for {
			line, err := r.ReadString('\n')
			check(err)
			if len(line) < 4 || line[3] != '-' {
				return
			}
		}
	}
	answer()
	for _, line := range []string{"EHLO localhost", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA",
		mail + ".", "QUIT"} {
		_, err := fmt.Fprintf(conn, "%s\r\n", line)
		check(err)
		answer()
	}
}

// serveProduct runs the server as the command line does.
func serveProduct(dir string, smtpPort int) {
	check(os.WriteFile(filepath.Join(dir, "token"), []byte(token), 0o600))
	path := filepath.Join(dir, "glasswatch.yaml")
	check(os.WriteFile(path, fmt.Appendf(nil, `
dataDir: data
server:
  listen: 127.0.0.1:0
  tokens:
    - { name: bench, secret: "file:token", scopes: [admin] }
tenants:
  - id: 67045d9c-6bcd-4693-83bf-72e6c78dfc76
    accounts:
      - { objectId: %s, userPrincipalName: %s }
actionGroups:
  break-glass:
    receivers:
      - { name: soc, channel: mail, recipient: soc@example.com }
channels:
  mail: { kind: email, host: 127.0.0.1, port: %d, security: none, from: glasswatch@example.com }
`, objectID, upn, smtpPort), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int)
	address := freeAddress()
	go func() {
		code <- cli.Run(ctx, []string{"serve", "--config", path, "--listen", address}, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	}()
	for !answers(address) {
		select {
		case c := <-code:
			log.Fatalf("serve ended with code %d", c)
		case <-time.After(20 * time.Millisecond):
		}
	}
	fmt.Println("http://" + address + "/api/v1/ingest")
	ended()
	cancel()
	<-code
}

func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer l.Close()
	return l.Addr().String()
}

func answers(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
