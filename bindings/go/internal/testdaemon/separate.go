//go:build linux

package testdaemon

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const (
	separateSocket   = "ZINIT_GO_TEST_SEPARATE_SOCKET"
	separateServices = "ZINIT_GO_TEST_SEPARATE_SERVICES"
	ownProcess       = "ZINIT_GO_TEST_OWN_PROCESS"
)

// InOwnProcess tells whether this is the own process of a test. If it is not, the test runs again in one, so that what it
// uses, and what it limits, is its own. There is no daemon at the default place there.
func InOwnProcess(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownProcess) == t.Name() {
		return true
	}
	arguments := []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.timeout=5m"}
	if testing.Short() {
		arguments = append(arguments, "-test.short")
	}
	child := exec.Command("/proc/self/exe", arguments...)
	child.Env = append(os.Environ(), ownProcess+"="+t.Name())
	output, err := child.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Errorf("in a process of its own: %v", err)
	} else if !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Error("it did not run in a process of its own")
	}
	return false
}

// Separate starts a daemon in a process of its own, for the length of a test, and gives its socket: what it uses does not
// count as the test's. It knows as many services as asked for, service-0000 and so on, all Running. A service whose name
// begins with spawned- is Spawned for ever. It can only be used under Main.
func Separate(t testing.TB, services int) (socket string) {
	t.Helper()
	directory, err := os.MkdirTemp("", "zinit-go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	socket = filepath.Join(directory, "s")
	daemon := exec.Command("/proc/self/exe")
	daemon.Env = append(os.Environ(), separateSocket+"="+socket, separateServices+"="+strconv.Itoa(services))
	daemon.Stderr = os.Stderr
	lives, err := daemon.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	ready, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = lives.Close()
		_ = daemon.Wait()
	})
	if _, err := io.ReadFull(ready, make([]byte, 1)); err != nil {
		t.Fatalf("the daemon does not begin: %v", err)
	}
	return socket
}

// beSeparate is such a daemon, until its input ends.
func beSeparate() int {
	socket := os.Getenv(separateSocket)
	services, _ := strconv.Atoi(os.Getenv(separateServices))
	listener, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Bind(listener, &syscall.SockaddrUnix{Name: socket})
	}
	if err == nil {
		err = syscall.Listen(listener, 4096)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go serveSeparate(listener, listOf(services))
	fmt.Print("1")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

func listOf(services int) []byte {
	var list strings.Builder
	list.WriteString(`{"state":"ok","body":{`)
	for i := 0; i < services; i++ {
		if i > 0 {
			list.WriteByte(',')
		}
		fmt.Fprintf(&list, `"service-%04d":"Running"`, i)
	}
	list.WriteString("}}")
	return []byte(list.String())
}

// serveSeparate makes the system calls by itself, one connection after another: it is to cost as little as a daemon can.
func serveSeparate(listener int, list []byte) {
	runtime.LockOSThread()
	line := make([]byte, 4096)
	for {
		connection, _, err := syscall.Accept4(listener, syscall.SOCK_CLOEXEC)
		if err != nil {
			continue
		}
		if length, err := syscall.Read(connection, line); err == nil {
			for reply := answerSeparately(strings.TrimSuffix(string(line[:length]), "\n"), list); len(reply) > 0; {
				written, err := syscall.Write(connection, reply)
				if err != nil {
					break
				}
				reply = reply[written:]
			}
		}
		_ = syscall.Close(connection)
	}
}

func answerSeparately(command string, list []byte) []byte {
	verb, name, _ := strings.Cut(command, " ")
	switch verb {
	case "list":
		return list
	case "status":
		state := "Running"
		if strings.HasPrefix(name, "spawned-") {
			state = "Spawned"
		}
		const form = `{"state":"ok","body":{"after":{},"name":%q,"pid":7,"state":%q,"target":"Up"}}`
		return []byte(fmt.Sprintf(form, name, state))
	}
	return []byte(`{"state":"ok","body":null}`)
}
