//go:build linux

// Package testdaemon gives the tests a daemon at the places where the package looks by default, /var/run/zinit.sock and
// /etc/zinit, without touching the machine's own: the tests run again in a private mount namespace.
package testdaemon

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// Socket is the socket of the daemon that Main starts.
	Socket = "/var/run/zinit.sock"
	// ConfigDir is the directory of its service files.
	ConfigDir = "/etc/zinit"

	insideVariable = "ZINIT_GO_TEST_INSIDE"
	// markVariable is in the environment of every process that a test's daemon has started.
	markVariable = "ZINIT_TEST_DAEMON"
	// refused is how a process ends that could not make itself a namespace.
	refused = 97
)

var running bool

// whyNot is why there is no daemon.
var whyNot string

// Main runs the tests with the daemon of ZINIT_BIN. Without it, or where the system allows no namespace, those that need
// a daemon are skipped, unless CI is true: then that is a failure.
func Main(m *testing.M) int {
	if os.Getenv(separateSocket) != "" {
		return beSeparate()
	}
	flag.Parse()
	if os.Getenv(ownProcess) != "" {
		return m.Run()
	}
	if os.Getenv(insideVariable) != "" {
		return inside(m)
	}
	if os.Getenv("ZINIT_BIN") == "" {
		return without(m, "ZINIT_BIN is not set")
	}
	// The child is to die with this process, and so with its thread.
	runtime.LockOSThread()
	child := exec.Command("/proc/self/exe", os.Args[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), insideVariable+"=1")
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		child.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	if err := child.Start(); err != nil {
		return without(m, "no private mount namespace: "+err.Error())
	}
	_ = child.Wait()
	if code := child.ProcessState.ExitCode(); code != refused {
		return code
	}
	return without(m, "no private mount namespace")
}

func without(m *testing.M, reason string) int {
	fmt.Fprintf(os.Stderr, "tests that need a daemon are skipped: %s\n", reason)
	if os.Getenv("CI") == "true" {
		fmt.Fprintln(os.Stderr, "nothing may be skipped when CI=true")
		return 1
	}
	whyNot = reason
	// An example cannot skip itself.
	if skip := flag.Lookup("test.skip"); skip != nil && skip.Value.String() == "" {
		for _, example := range examples() {
			saySkipped(example)
		}
		_ = skip.Value.Set("^Example")
	}
	return m.Run()
}

// examples are the names of those that this program has.
func examples() []string {
	list := exec.Command("/proc/self/exe", "-test.list=^Example")
	list.Env = append(os.Environ(), ownProcess+"=list")
	names, _ := list.Output()
	return strings.Fields(string(names))
}

// saySkipped prints the line in which tests/run looks for what a machine cannot test.
func saySkipped(test string) {
	fmt.Fprintf(os.Stderr, "skipped here: %s: %s\n", test, whyNot)
}

// Need skips a test that needs the daemon of Main where there is none.
func Need(t testing.TB) {
	t.Helper()
	if !running {
		saySkipped(t.Name())
		t.Skip("needs a daemon at the default place")
	}
}

func inside(m *testing.M) int {
	scratch, err := os.MkdirTemp("", "zinit-go")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err := hide(scratch); err != nil {
		fmt.Fprintf(os.Stderr, "cannot prepare the namespace: %v\n", err)
		return refused
	}
	// The directory is busy until then.
	defer reveal(scratch)
	stop, err := begin(scratch)
	defer stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	running = true
	return m.Run()
}

// hide puts directories of ours in place of /etc and /run, with everything in them but what belongs to zinit.
func hide(scratch string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	run, err := filepath.EvalSymlinks("/var/run")
	if err != nil {
		return err
	}
	for name, directory := range map[string]string{"etc": "/etc", "run": run} {
		original := filepath.Join(scratch, name)
		if err := os.Mkdir(original, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(directory, original, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return err
		}
		if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "mode=755"); err != nil {
			return err
		}
		entries, err := os.ReadDir(original)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if entry.Name() == "zinit" || entry.Name() == "zinit.sock" {
				continue
			}
			if err := os.Symlink(filepath.Join(original, entry.Name()), filepath.Join(directory, entry.Name())); err != nil {
				return err
			}
		}
	}
	return os.Mkdir(ConfigDir, 0o755)
}

func reveal(scratch string) {
	for _, name := range []string{"etc", "run"} {
		_ = syscall.Unmount(filepath.Join(scratch, name), syscall.MNT_DETACH)
	}
}

// begin starts the daemon, and makes its binary the one that is found in PATH as zinit.
func begin(scratch string) (stop func(), err error) {
	binary, err := filepath.Abs(os.Getenv("ZINIT_BIN"))
	if err != nil {
		return func() {}, err
	}
	programs := filepath.Join(scratch, "bin")
	if err := os.Mkdir(programs, 0o755); err != nil {
		return func() {}, err
	}
	if err := os.Symlink(binary, filepath.Join(programs, "zinit")); err != nil {
		return func() {}, err
	}
	if err := os.Setenv("PATH", programs+":"+os.Getenv("PATH")); err != nil {
		return func() {}, err
	}
	return Start(binary, Socket, ConfigDir, filepath.Join(scratch, "daemon.log"))
}

// Start starts a daemon and returns once it listens. Its end ends all that it has started.
func Start(binary, socket, configDir, logFile string) (stop func(), err error) {
	return start([]string{binary, "-s", socket, "init", "-c", configDir, "--container"}, socket, logFile)
}

// StartTestbed starts the testbed of ZINIT_TESTBED under a protocol, for the length of a test, which is skipped without
// it.
func StartTestbed(t testing.TB, protocol string) (socket, configDir string) {
	t.Helper()
	binary := os.Getenv("ZINIT_TESTBED")
	if binary == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ZINIT_TESTBED is not set")
		}
		t.Skip("ZINIT_TESTBED is not set")
	}
	// The path of a socket must be short.
	scratch, err := os.MkdirTemp("", "zinit-go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(scratch) })
	socket, configDir = filepath.Join(scratch, "s"), filepath.Join(scratch, "services")
	if err := os.Mkdir(configDir, 0o755); err != nil {
		t.Fatal(err)
	}
	arguments := []string{binary, "--protocol", protocol, "-s", socket, "init", "-c", configDir, "--container"}
	stop, err := start(arguments, socket, filepath.Join(scratch, "daemon.log"))
	t.Cleanup(stop)
	if err != nil {
		t.Fatal(err)
	}
	return socket, configDir
}

// start starts a daemon and returns once it listens.
func start(arguments []string, socket, logFile string) (stop func(), err error) {
	log, err := os.Create(logFile)
	if err != nil {
		return func() {}, err
	}
	defer func() { _ = log.Close() }()
	mark := markVariable + "=" + strconv.Itoa(os.Getpid()) + socket
	daemon := exec.Command(arguments[0], arguments[1:]...)
	daemon.Env = append(os.Environ(), mark)
	daemon.Stdout, daemon.Stderr = log, log
	daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := daemon.Start(); err != nil {
		return func() {}, err
	}
	ended := make(chan struct{})
	go func() {
		_ = daemon.Wait()
		close(ended)
	}()
	stop = func() {
		// First the daemon, so that nothing is started any more.
		_ = daemon.Process.Kill()
		<-ended
		killMarked(mark)
	}
	for attempt := 0; attempt < 2400; attempt++ {
		if listens(socket) {
			return stop, nil
		}
		select {
		case <-ended:
			attempt = 2400
		case <-time.After(25 * time.Millisecond):
		}
	}
	said, _ := os.ReadFile(logFile)
	return stop, fmt.Errorf("the daemon %s does not listen; its log:\n%s", arguments[0], said)
}

func listens(socket string) bool {
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// killMarked ends every process with a mark in its environment, those that ignore signals and have left the daemon
// included.
func killMarked(mark string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		environment, err := os.ReadFile(filepath.Join(process, "environ"))
		if err != nil {
			continue
		}
		for _, variable := range bytes.Split(environment, []byte{0}) {
			if string(variable) == mark {
				if pid, err := strconv.Atoi(filepath.Base(process)); err == nil {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		}
	}
}
