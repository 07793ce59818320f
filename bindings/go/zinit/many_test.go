package zinit_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// waitsUnderWay begins so many waits that never end by themselves, and returns what ends them.
func waitsUnderWay(t *testing.T, client *zinit.Client, waits int) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := 0; i < waits; i++ {
		group.Add(1)
		go func(name string) {
			defer group.Done()
			if err := client.StartWaitContext(ctx, zinit.NoLimit, name); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}("spawned-" + strconv.Itoa(i))
	}
	return func() {
		cancel()
		group.Wait()
	}
}

func TestAThousandWaitsTakeFewThreadsAndDescriptors(t *testing.T) {
	if !testdaemon.InOwnProcess(t) {
		return
	}
	const waits = 1000
	client, err := zinit.WithOptions(zinit.Options{Socket: testdaemon.Separate(t, 1), ConfigDir: t.TempDir()})
	must(t, err)
	before := used(t)
	most := peak(t, func() {
		end := waitsUnderWay(t, client, waits)
		// They ask again and again meanwhile.
		for i := 0; i < 100; i++ {
			if _, err := client.Status("service-0000"); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		end()
	})
	t.Logf("before %+v; at most %d threads, %d descriptors", before, most.threads, most.descriptors)
	if most.threads >= 15 && !withRaceDetector {
		t.Errorf("%d threads", most.threads)
	}
	// Those of the test are the pipes of the daemon's process and what peak reads.
	if own := most.descriptors - before.descriptors; own > waits+10 {
		t.Errorf("%d descriptors", own)
	}
}

func TestManyCallersUnderALimitOfDescriptors(t *testing.T) {
	if !testdaemon.InOwnProcess(t) {
		return
	}
	client, err := zinit.WithOptions(zinit.Options{Socket: testdaemon.Separate(t, 1), ConfigDir: t.TempDir()})
	must(t, err)
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1024, Max: 1024}))
	end := waitsUnderWay(t, client, 300)
	defer end()
	inParallel(300, scale(30000), func(number int) {
		var err error
		switch number % 4 {
		case 0:
			_, err = client.Status("service-0000")
		case 1:
			_, err = client.List()
		case 2:
			err = client.Start("service-0000")
		case 3:
			err = client.StartWait(20*time.Second, "service-0000")
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func TestACallWithoutADescriptorSaysSoAndTheNextOneWorks(t *testing.T) {
	if !testdaemon.InOwnProcess(t) {
		return
	}
	client, err := zinit.WithOptions(zinit.Options{Socket: testdaemon.Separate(t, 1), ConfigDir: t.TempDir()})
	must(t, err)
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
	wait := func() error { return client.StartWait(20*time.Second, "service-0000") }
	// The first limit leaves one for a connection and not those of the queue, which is not made yet.
	for _, more := range []int{1, 0} {
		lowest := lowestFree(t)
		must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: uint64(lowest + more), Max: before.Max}))
		err := wait()
		must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before))
		if !errors.Is(err, syscall.EMFILE) {
			t.Errorf("%d left: %v", more, err)
		}
		if err := wait(); err != nil {
			t.Errorf("with enough of them: %v", err)
		}
	}
}

// lowestFree is the number that the next descriptor would have, where all lower ones are in use.
func lowestFree(t *testing.T) int {
	t.Helper()
	copied, err := syscall.Dup(0)
	must(t, err)
	must(t, syscall.Close(copied))
	return copied
}

func TestNamesThatNoServiceCanHaveMatchNothing(t *testing.T) {
	client, err := zinit.WithOptions(zinit.Options{Socket: testdaemon.Separate(t, 3), ConfigDir: t.TempDir()})
	must(t, err)
	for what, filter := range map[string]zinit.Filter{
		"an empty name": zinit.WithName(""), "a path": zinit.WithName("a/b"), "a name with a NUL": zinit.WithName("a\x00b"),
		"a program with a NUL": zinit.WithExec("a\x00b"), "a program's path": zinit.WithExec("/bin/sleep"),
	} {
		if found, err := client.Matches(filter); len(found) > 0 || err != nil {
			t.Errorf("%s: %q, error %v", what, found, err)
		}
		gone := zinit.New(filepath.Join(t.TempDir(), "gone"))
		if _, err := gone.Matches(filter); codeOf(err) != zinit.CodeNotRunning {
			t.Errorf("%s: %v", what, err)
		}
	}
	if found, err := client.Matches(zinit.WithExecRegex("")); len(found) > 0 || err != nil {
		t.Errorf("without files: %q, error %v", found, err)
	}
}
