package zinit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// mostThreads is under 30 on a machine with few processors; Go has a thread for each of them.
func mostThreads() int {
	return 26 + runtime.GOMAXPROCS(0)
}

// scale makes a load smaller where everything is slower, as under the race detector.
func scale(load int) int {
	if testing.Short() {
		return load / 10
	}
	return load
}

type usage struct {
	threads, descriptors, goroutines, residentKiB int
}

var statusLine = regexp.MustCompile(`(?m)^(Threads|VmRSS):\s*(\d+)`)

func used(t testing.TB) (now usage) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range statusLine.FindAllStringSubmatch(string(status), -1) {
		number, _ := strconv.Atoi(match[2])
		if match[1] == "Threads" {
			now.threads = number
		} else {
			now.residentKiB = number
		}
	}
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	now.descriptors, now.goroutines = len(descriptors), runtime.NumGoroutine()
	return now
}

// settled is the usage once the garbage collector has done what it can.
func settled(t testing.TB) usage {
	t.Helper()
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(20 * time.Millisecond)
	}
	return used(t)
}

// peak watches the number of threads while something runs.
func peak(t testing.TB, run func()) (most usage) {
	t.Helper()
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			now := used(t)
			if now.threads > most.threads {
				most.threads = now.threads
			}
			if now.descriptors > most.descriptors {
				most.descriptors = now.descriptors
			}
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	run()
	close(done)
	<-watched
	return most
}

// expectFlat compares what is used with what was before.
func expectFlat(t *testing.T, before, after usage) {
	t.Helper()
	t.Logf("before %+v, after %+v", before, after)
	if after.descriptors > before.descriptors {
		t.Errorf("%d descriptors are left", after.descriptors-before.descriptors)
	}
	if after.goroutines > before.goroutines {
		t.Errorf("%d goroutines are left", after.goroutines-before.goroutines)
	}
	if grown := after.residentKiB - before.residentKiB; grown > 8<<10 && !withRaceDetector {
		t.Errorf("%d KiB more", grown)
	}
}

// inParallel calls a function that many times from that many goroutines.
func inParallel(goroutines, calls int, call func(number int)) {
	var group sync.WaitGroup
	numbers := make(chan int)
	for i := 0; i < goroutines; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for number := range numbers {
				call(number)
			}
		}()
	}
	for number := 0; number < calls; number++ {
		numbers <- number
	}
	close(numbers)
	group.Wait()
}

func TestManyDefaultClients(t *testing.T) {
	monitored(t, "many", zinit.InitService{Exec: "sleep 1000"})
	call := func(int) {
		if status, err := zinit.Default().Status("many"); err != nil || status.Name != "many" {
			t.Errorf("%+v, error %v", status, err)
		}
	}
	// As many as are measured, so that threads and their memory are there before.
	inParallel(100, scale(10000), call)
	before := settled(t)
	most := peak(t, func() { inParallel(100, scale(10000), call) })
	expectFlat(t, before, settled(t))
	t.Logf("at most %d threads, %d descriptors", most.threads, most.descriptors)
	if most.threads >= mostThreads() {
		t.Errorf("%d threads", most.threads)
	}
}

func TestManyClientsOfTheirOwn(t *testing.T) {
	daemon := refusing(t, "no")
	call := func(number int) {
		client, err := zinit.WithOptions(zinit.Options{Socket: daemon.Socket, MaxReplyBytes: uint64(100 + number)})
		if err != nil || codeOf(client.Start("x")) != zinit.CodeDaemon {
			t.Error(err)
		}
	}
	inParallel(20, scale(10000), call)
	before := settled(t)
	inParallel(20, scale(20000), call)
	expectFlat(t, before, settled(t))
}

// A daemon that answers slowly, and refuses each command by its own words.
func slowlyRefusing(t *testing.T, slowest time.Duration) *testdaemon.Scripted {
	return testdaemon.Script(t, func(command string, _ net.Conn) string {
		time.Sleep(time.Duration(rand.Int63n(int64(slowest))))
		return fmt.Sprintf(`{"state":"error","body":"refused: %s"}`, command)
	})
}

func TestEachErrorBelongsToItsCall(t *testing.T) {
	client := zinit.New(slowlyRefusing(t, 10*time.Millisecond).Socket)
	most := peak(t, func() {
		inParallel(64, scale(50000), func(number int) {
			name := "service-" + strconv.Itoa(number)
			var err error
			var command string
			switch number % 4 {
			case 0:
				command, err = "start "+name, client.Start(name)
			case 1:
				command, err = "kill "+name+" SIGHUP", client.Kill(name, zinit.SIGHUP)
			case 2:
				command, err = "stop "+name, client.StopWait(time.Second, name)
			case 3:
				command = "status " + name
				_, err = client.Status(name)
			}
			var failed *zinit.Error
			if !errors.As(err, &failed) || failed.Service != name || failed.DaemonMessage != "refused: "+command ||
				!strings.Contains(failed.Error(), name) || !failed.RequestSent {
				t.Errorf("%s: %+v", command, failed)
			}
		})
	})
	t.Logf("at most %d threads, %d descriptors", most.threads, most.descriptors)
	if most.threads >= mostThreads() {
		t.Errorf("%d threads", most.threads)
	}
}

// spawning is a daemon whose services never come up.
func spawning(t *testing.T) *testdaemon.Scripted {
	return testdaemon.Script(t, func(command string, _ net.Conn) string {
		words := strings.Fields(command)
		switch words[0] {
		case "status":
		case "list":
			// Many waits ask for one. It tells nothing of these services.
			return `{"state":"ok","body":{}}`
		default:
			return `{"state":"ok","body":null}`
		}
		return fmt.Sprintf(`{"state":"ok","body":{"after":{},"name":%q,"pid":7,"state":"Spawned","target":"Up"}}`, words[1])
	})
}

func TestManyWaitsTakeFewThreads(t *testing.T) {
	client, _ := withOptions(t, spawning(t).Socket)
	waits := scale(1000)
	most := peak(t, func() {
		inParallel(waits, waits, func(number int) {
			err := client.StartWaitContext(context.Background(), 5*time.Second, "service-"+strconv.Itoa(number))
			if codeOf(err) != zinit.CodeTimeout {
				t.Error(err)
			}
		})
	})
	t.Logf("%d waits: at most %d threads, %d descriptors", waits, most.threads, most.descriptors)
	if most.threads >= mostThreads() {
		t.Errorf("%d threads", most.threads)
	}
}

func TestAContextEndsAWaitAtOnce(t *testing.T) {
	client, _ := withOptions(t, spawning(t).Socket)
	services := zinit.InitService{Exec: "sleep 1000"}
	for operation, wait := range map[string]func(ctx context.Context) error{
		"StartWait":     func(ctx context.Context) error { return client.StartWaitContext(ctx, zinit.NoLimit, "a") },
		"StartMultiple": func(ctx context.Context) error { return client.StartMultipleContext(ctx, zinit.NoLimit, "a", "b") },
	} {
		expectCancelled(t, operation, wait)
	}

	stopping, directory := withOptions(t, testdaemon.Script(t, func(command string, _ net.Conn) string {
		words := strings.Fields(command)
		switch words[0] {
		case "status":
		case "list":
			// Many waits ask for one. It tells nothing of these services.
			return `{"state":"ok","body":{}}`
		default:
			return `{"state":"ok","body":null}`
		}
		return fmt.Sprintf(`{"state":"ok","body":{"after":{},"name":%q,"pid":7,"state":"Running","target":"Down"}}`, words[1])
	}).Socket)
	must(t, os.WriteFile(filepath.Join(directory, "a.yaml"), []byte("exec: sleep 1000\n"), 0o644))
	for operation, wait := range map[string]func(ctx context.Context) error{
		"StopWait":     func(ctx context.Context) error { return stopping.StopWaitContext(ctx, zinit.NoLimit, "a") },
		"Restart":      func(ctx context.Context) error { return stopping.RestartContext(ctx, zinit.NoLimit, 0, "a") },
		"Deploy":       func(ctx context.Context) error { return stopping.DeployContext(ctx, zinit.NoLimit, 0, "a", services) },
		"Reload":       func(ctx context.Context) error { return stopping.ReloadContext(ctx, zinit.NoLimit, 0, "a") },
		"StopMultiple": func(ctx context.Context) error { return stopping.StopMultipleContext(ctx, zinit.NoLimit, "a", "b") },
		"RestartMultiple": func(ctx context.Context) error {
			return stopping.RestartMultipleContext(ctx, zinit.NoLimit, 0, "a", "b")
		},
		"Destroy": func(ctx context.Context) error { return stopping.DestroyContext(ctx, zinit.NoLimit, "a", "b") },
	} {
		expectCancelled(t, operation, wait)
	}
}

func expectCancelledAmidWait(t *testing.T, operation string, wait func(ctx context.Context) error) {
	t.Helper()
	var delays []time.Duration
	for i := 0; i < 9; i++ {
		ctx, cancel := context.WithCancel(context.Background())
		var cancelledAt time.Time
		timer := time.AfterFunc(time.Duration(10*i)*time.Millisecond, func() {
			cancelledAt = time.Now()
			cancel()
		})
		err := wait(ctx)
		returned := time.Now()
		timer.Stop()
		if !errors.Is(err, context.Canceled) || codeOf(err) != zinit.CodeCancelled {
			cancel()
			t.Fatalf("%s: %v", operation, err)
		}
		delays = append(delays, returned.Sub(cancelledAt))
	}
	sort.Slice(delays, func(i, j int) bool { return delays[i] < delays[j] })
	t.Logf("%s: returns %v after the end of its context, the slowest of 9 after %v", operation, delays[4], delays[8])
}

func expectCancelled(t *testing.T, operation string, wait func(ctx context.Context) error) {
	t.Helper()
	expectCancelledAmidWait(t, operation, wait)
	// The deadline of a context, and one that has ended before.
	var failed *zinit.Error
	var ctx context.Context
	// On a busy machine a short one is over before anything is sent.
	for timeout := 30 * time.Millisecond; failed == nil || !failed.RequestSent; timeout *= 2 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failed) {
			t.Fatalf("%s: %v", operation, err)
		}
		if timeout > time.Minute {
			t.Fatalf("%s: nothing is sent", operation)
		}
	}
	if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failed) || failed.RequestSent {
		t.Errorf("%s: %v", operation, err)
	}
}

func TestManyCancelledWaitsLeaveNothing(t *testing.T) {
	client, _ := withOptions(t, spawning(t).Socket)
	cancelled := func(number int) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(number%20)*time.Millisecond, cancel)
		if err := client.StartWaitContext(ctx, time.Minute, "a"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	inParallel(50, scale(1000), cancelled)
	before := settled(t)
	inParallel(50, scale(1000), cancelled)
	eventually(t, "the daemon's connections are closed", func() bool { return used(t).descriptors <= before.descriptors })
	expectFlat(t, before, settled(t))
}
