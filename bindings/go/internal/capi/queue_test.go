package capi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
)

// withWaits begins so many waits of services that never come up.
func withWaits(t *testing.T, waits int) (client *Client, ended chan error) {
	t.Helper()
	asked := make(chan string, 100000)
	daemon := testdaemon.Script(t, func(command string, _ net.Conn) string {
		verb, name, _ := strings.Cut(command, " ")
		if verb != "status" {
			return `{"state":"ok","body":{}}`
		}
		asked <- name
		return fmt.Sprintf(`{"state":"ok","body":{"after":{},"name":%q,"pid":7,"state":"Spawned","target":"Up"}}`, name)
	})
	client, err := NewClient(Options{Socket: daemon.Socket, ConfigDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	// The queue is that of all tests.
	t.Cleanup(group.Wait)
	t.Cleanup(cancel)
	ended = make(chan error, waits)
	for i := 0; i < waits; i++ {
		group.Add(1)
		go func(name string) {
			defer group.Done()
			ended <- client.Do(ctx, StartWait, name, Arguments{FirstMs: -1})
		}(fmt.Sprintf("service-%d", i))
	}
	inTime(t, "all are under way", func() {
		// One that has asked once may not have joined the queue yet.
		for asks := map[string]int{}; countOf(asks, 2) < waits; {
			asks[<-asked]++
		}
	})
	return client, ended
}

// countOf tells how many have asked at least so often.
func countOf(asks map[string]int, least int) (count int) {
	for _, number := range asks {
		if number >= least {
			count++
		}
	}
	return count
}

// The queue may name a request that was freed meanwhile, and another one may have its place by then.
func TestARequestThatIsWokenForNothingGoesOn(t *testing.T) {
	_, ended := withWaits(t, 20)
	queue, err := useQueue()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 1000; i++ {
		queue.mutex.Lock()
		for _, request := range queue.owned {
			request.wake()
		}
		queue.mutex.Unlock()
	}
	expectPending(t, ended)
}

func TestABrokenQueueEndsItsCallsAndTheNextOneWorks(t *testing.T) {
	client, ended := withWaits(t, 20)
	queue, err := useQueue()
	if err != nil {
		t.Fatal(err)
	}
	queue.breakWith(&Error{Code: IO, Message: "broken"})
	inTime(t, "the end of all", func() {
		for i := 0; i < cap(ended); i++ {
			var failed *Error
			if err := <-ended; !errors.As(err, &failed) || failed.Message != "broken" || !failed.RequestSent {
				t.Errorf("%+v", failed)
			}
		}
	})
	if len(queue.owned) > 0 {
		t.Errorf("%d are left", len(queue.owned))
	}
	inTime(t, "a call in another queue", func() {
		if err := client.DoGroup(context.Background(), StopMultiple, []string{"a"}, 0, 0); err != nil {
			t.Error(err)
		}
	})
	if another, err := useQueue(); another == queue || err != nil {
		t.Errorf("the same queue, error %v", err)
	}
}
