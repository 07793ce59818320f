package testdaemon

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Scripted is a daemon that answers as a function of the test's does.
type Scripted struct {
	// Socket is its path.
	Socket string

	mutex    sync.Mutex
	commands []string
}

// Script starts a daemon for the length of a test. The function gets each command, in a goroutine of its own, and what it
// returns is sent as it stands before the connection is closed. It gives the connection, too, for what is no such reply.
func Script(t testing.TB, answer func(command string, connection net.Conn) string) *Scripted {
	t.Helper()
	directory, err := os.MkdirTemp("", "zinit-go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	daemon := &Scripted{Socket: filepath.Join(directory, "s")}
	listener, err := net.Listen("unix", daemon.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go daemon.serve(connection, answer)
		}
	}()
	return daemon
}

func (d *Scripted) serve(connection net.Conn, answer func(string, net.Conn) string) {
	defer func() { _ = connection.Close() }()
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return
	}
	command := strings.TrimSuffix(line, "\n")
	d.mutex.Lock()
	d.commands = append(d.commands, command)
	d.mutex.Unlock()
	_, _ = connection.Write([]byte(answer(command, connection)))
}

// Commands are those that it was sent.
func (d *Scripted) Commands() []string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return append([]string(nil), d.commands...)
}
