package capi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
)

// hungDisk holds every call that reads or writes service files until it is released.
type hungDisk struct {
	// began gets one for each call that is held.
	began    chan struct{}
	released chan struct{}
	release  func()
	// now is how many calls are held, most how many there were at once.
	now, most atomic.Int32
}

// hangDisk lets the first so many calls by.
func hangDisk(t *testing.T, first int32) *hungDisk {
	var calls atomic.Int32
	disk := &hungDisk{began: make(chan struct{}, 1000), released: make(chan struct{})}
	disk.release = sync.OnceFunc(func() { close(disk.released) })
	before := slowDisk
	slowDisk = func() {
		if calls.Add(1) <= first {
			return
		}
		now := disk.now.Add(1)
		for most := disk.most.Load(); now > most && !disk.most.CompareAndSwap(most, now); most = disk.most.Load() {
		}
		disk.began <- struct{}{}
		<-disk.released
		disk.now.Add(-1)
	}
	t.Cleanup(func() { slowDisk = before })
	return disk
}

// withDaemon is a client of a daemon that knows one service, web, and lets another one come.
func withDaemon(t *testing.T, options Options) (client *Client, directory string, daemon *testdaemon.Scripted) {
	t.Helper()
	daemon = testdaemon.Script(t, func(command string, _ net.Conn) string {
		switch command {
		case "list":
			return `{"state":"ok","body":{"web":"Running"}}`
		case "status web":
			return `{"state":"ok","body":{"after":{},"name":"web","pid":7,"state":"Running","target":"Up"}}`
		}
		verb, name, _ := strings.Cut(command, " ")
		if verb != "monitor" && name != "web" {
			return fmt.Sprintf(`{"state":"error","body":"service name \"%s\" unknown"}`, name)
		}
		return `{"state":"ok","body":null}`
	})
	directory = t.TempDir()
	options.Socket, options.ConfigDir = daemon.Socket, directory
	client, err := NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	return client, directory, daemon
}

// inTime tells of what would never come, before the time of all tests is over.
func inTime(t *testing.T, what string, run func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s: still not", what)
	}
}

// shortCallsGoOn makes calls of each kind that has nothing to do with files, more than there are places.
func shortCallsGoOn(t *testing.T, client *Client) {
	t.Helper()
	inTime(t, "calls that never wait", func() {
		for i := 0; i < 2*cap(shortCalls); i++ {
			if status, err := client.Status(context.Background(), "web"); err != nil || status.Pid != 7 {
				t.Errorf("%+v, error %v", status, err)
			}
			if list, err := client.List(context.Background()); err != nil || len(list) != 1 {
				t.Errorf("%v, error %v", list, err)
			}
			if names, err := client.Matches(context.Background(), Conditions{Names: []string{"web"}}); err != nil || len(names) != 1 {
				t.Errorf("%v, error %v", names, err)
			}
			if err := client.Do(context.Background(), Stop, "web", Arguments{}); err != nil {
				t.Error(err)
			}
		}
		watch, err := client.Watch([]string{"web"}, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer watch.Close()
		if change, err := watch.Next(context.Background()); err != nil || change.Service != "web" {
			t.Errorf("%+v, error %v", change, err)
		}
	})
}

// expectPending finds that none of the calls has ended.
func expectPending(t *testing.T, ended chan error) {
	t.Helper()
	select {
	case err := <-ended:
		t.Errorf("one has ended: %v", err)
	default:
	}
}

func TestDeploysOnAHungDiskDelayNoShortCall(t *testing.T) {
	client, directory, daemon := withDaemon(t, Options{})
	disk := hangDisk(t, 0)
	defer disk.release()
	deploys := cap(fileCalls) + 4
	ended := make(chan error, deploys)
	for i := 0; i < deploys; i++ {
		go func(name string) {
			ended <- client.Do(context.Background(), Deploy, name, Arguments{Service: &Service{Exec: "true"}})
		}(fmt.Sprintf("new-%d", i))
	}
	inTime(t, "as many calls as there are places", func() {
		for i := 0; i < cap(fileCalls); i++ {
			<-disk.began
		}
	})
	shortCallsGoOn(t, client)

	// One that waits for its turn leaves with its context.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	inTime(t, "the end of a context", func() {
		err := client.Do(ctx, Deploy, "never", Arguments{Service: &Service{Exec: "true"}})
		var failed *Error
		if !errors.As(err, &failed) || failed.Code != Cancelled || failed.Service != "never" || failed.RequestSent {
			t.Errorf("%+v", failed)
		}
	})

	expectPending(t, ended)
	disk.release()
	for i := 0; i < deploys; i++ {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if most := disk.most.Load(); most != int32(cap(fileCalls)) {
		t.Errorf("%d calls at once", most)
	}
	if files, err := os.ReadDir(directory); len(files) != deploys || err != nil {
		t.Errorf("%v, error %v", files, err)
	}
	for _, command := range daemon.Commands() {
		if strings.HasSuffix(command, " never") {
			t.Errorf("sent all the same: %s", command)
		}
	}
}

func TestFileFunctionsOnAHungDiskDelayNoShortCall(t *testing.T) {
	client, directory, _ := withDaemon(t, Options{})
	if err := os.WriteFile(filepath.Join(directory, "old.yaml"), []byte("exec: old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	disk := hangDisk(t, 0)
	defer disk.release()
	calls := []func() error{
		func() error { return client.AddService(context.Background(), "added", Service{Exec: "true"}) },
		func() error { return client.RemoveService(context.Background(), "none") },
		func() error { _, err := client.LoadService(context.Background(), "old"); return err },
		func() error {
			_, err := client.Matches(context.Background(), Conditions{Execs: []string{"old"}})
			return err
		},
		func() error { return client.Do(context.Background(), StartWait, "web", Arguments{FirstMs: 20000}) },
		func() error { return client.DoGroup(context.Background(), StartMultiple, []string{"web"}, 20000, 0) },
	}
	ended := make(chan error, 2*len(calls))
	for i := 0; i < 2*len(calls); i++ {
		go func(call func() error) { ended <- call() }(calls[i%len(calls)])
	}
	inTime(t, "as many calls as there are places", func() {
		for i := 0; i < cap(fileCalls); i++ {
			<-disk.began
		}
	})
	shortCallsGoOn(t, client)
	expectPending(t, ended)
	disk.release()
	for i := 0; i < 2*len(calls); i++ {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if most := disk.most.Load(); most != int32(cap(fileCalls)) {
		t.Errorf("%d calls at once", most)
	}
}

func TestManyFilesOfOneRequest(t *testing.T) {
	client, directory, _ := withDaemon(t, Options{})
	var names []string
	for i := 0; i < 100; i++ {
		name := fmt.Sprintf("gone-%d", i)
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(directory, name+".yaml"), []byte("exec: x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inTime(t, "their end", func() {
		if err := client.DoGroup(context.Background(), Destroy, names, 20000, 0); err != nil {
			t.Error(err)
		}
	})
	if files, err := os.ReadDir(directory); len(files) != 0 || err != nil {
		t.Errorf("%v, error %v", files, err)
	}
}

// What a Deploy has prepared is removed when it is cancelled, which takes as long as the disk likes, too.
func TestADeployThatIsCancelledLeavesNoFile(t *testing.T) {
	waits := make(chan struct{}, 100)
	daemon := testdaemon.Script(t, func(command string, _ net.Conn) string {
		if command != "status web" {
			return `{"state":"ok","body":{}}`
		}
		waits <- struct{}{}
		return `{"state":"ok","body":{"after":{},"name":"web","pid":7,"state":"Running","target":"Down"}}`
	})
	directory := t.TempDir()
	client, err := NewClient(Options{Socket: daemon.Socket, ConfigDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	disk := hangDisk(t, 1)
	defer disk.release()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- client.Do(ctx, Deploy, "web", Arguments{Service: &Service{Exec: "true"}, FirstMs: -1})
	}()
	inTime(t, "a look whether it has stopped", func() { <-waits })
	if files, err := os.ReadDir(directory); len(files) != 1 || err != nil {
		t.Errorf("%v, error %v", files, err)
	}
	cancel()
	inTime(t, "the removal of what it has prepared", func() { <-disk.began })
	inTime(t, "calls that never wait", func() {
		for i := 0; i < 2*cap(shortCalls); i++ {
			if list, err := client.List(context.Background()); len(list) != 0 || err != nil {
				t.Errorf("%v, error %v", list, err)
			}
		}
	})
	expectPending(t, ended)
	disk.release()
	var failed *Error
	if err := <-ended; !errors.As(err, &failed) || failed.Code != Cancelled || !failed.RequestSent {
		t.Errorf("%+v", failed)
	}
	if files, err := os.ReadDir(directory); len(files) != 0 || err != nil {
		t.Errorf("%v, error %v", files, err)
	}
}

// hungBinary is a zinit binary that says nothing until it is released. It tells each of its beginnings.
func hungBinary(t *testing.T) (binary string, begun func() int, release func()) {
	t.Helper()
	directory := t.TempDir()
	binary, log, gate := filepath.Join(directory, "zinit"), filepath.Join(directory, "log"), filepath.Join(directory, "gate")
	script := fmt.Sprintf("#!/bin/sh\necho begun >>'%s'\nwhile [ ! -e '%s' ]; do sleep 0.05; done\necho zinit v0.2.14\n", log, gate)
	if err := os.WriteFile(binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	begun = func() int {
		written, _ := os.ReadFile(log)
		return strings.Count(string(written), "\n")
	}
	release = func() {
		if err := os.WriteFile(gate, nil, 0o600); err != nil {
			t.Error(err)
		}
	}
	return binary, begun, release
}

func TestVersionsOfAHungBinaryDelayNoOtherCall(t *testing.T) {
	binary, begun, release := hungBinary(t)
	defer release()
	client, _, _ := withDaemon(t, Options{ZinitBinary: binary, IOTimeoutMs: 600000})
	versions := cap(fileCalls) + cap(shortCalls) + 1
	ended := make(chan error, versions)
	for i := 0; i < versions; i++ {
		go func() {
			version, _, _, _, err := client.Version(context.Background())
			if err == nil && version != "0.2.14" {
				err = errors.New(version)
			}
			ended <- err
		}()
	}
	inTime(t, "all are asked at once", func() {
		for begun() < versions {
			time.Sleep(5 * time.Millisecond)
		}
	})
	shortCallsGoOn(t, client)
	inTime(t, "calls that read or write files", func() {
		for i := 0; i < 2*cap(fileCalls); i++ {
			name := fmt.Sprintf("file-%d", i)
			if err := client.AddService(context.Background(), name, Service{Exec: "true"}); err != nil {
				t.Error(err)
			}
			if service, err := client.LoadService(context.Background(), name); err != nil || service.Exec != "true" {
				t.Errorf("%+v, error %v", service, err)
			}
		}
	})
	expectPending(t, ended)
	release()
	for i := 0; i < versions; i++ {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
