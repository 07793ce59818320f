package zinit_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

func TestWatch(t *testing.T) {
	testdaemon.Need(t)
	client := zinit.Default()
	must(t, client.AddService("watched", zinit.InitService{Exec: "sleep 1000"}))
	watch, err := client.Watch(100*time.Millisecond, "watched")
	must(t, err)
	defer func() { must(t, watch.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	expect := func(what string, fits func(zinit.Change) bool) {
		t.Helper()
		for {
			change, err := watch.Next(ctx)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if change.Service != "watched" {
				t.Errorf("%+v", change)
			}
			if fits(change) {
				return
			}
		}
	}
	must(t, client.Monitor("watched"))
	appeared := false
	expect("it runs", func(change zinit.Change) bool {
		if !appeared && (change.Kind != zinit.ChangeAppeared || change.Before != nil) {
			t.Errorf("%+v", change)
		}
		appeared = true
		return change.After.Is(zinit.ServiceStateRunning) && change.Pid > 0 && change.Target == zinit.ServiceTargetUp
	})
	must(t, client.StopWait(5*time.Second, "watched"))
	expect("it has ended", func(change zinit.Change) bool {
		return change.Kind == zinit.ChangeState && change.Before.Is(zinit.ServiceStateRunning) &&
			change.After.Is(zinit.ServiceStateError)
	})
	must(t, client.Destroy(5*time.Second, "watched"))
	expect("it is forgotten", func(change zinit.Change) bool {
		return change.Kind == zinit.ChangeForgotten && change.Before != nil && change.After == nil
	})
}

func TestAWatchEnds(t *testing.T) {
	asked := make(chan struct{})
	daemon := testdaemon.Script(t, func(string, net.Conn) string {
		select {
		case asked <- struct{}{}:
		default:
		}
		return `{"state":"ok","body":{}}`
	})
	before := settled(t)
	client := zinit.New(daemon.Socket)
	watch, err := client.Watch(10 * time.Millisecond)
	must(t, err)
	// A context ends one Next, not the watch.
	for i := 0; i < 20; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*time.Millisecond)
		if _, err := watch.Next(ctx); !errors.Is(err, context.DeadlineExceeded) || codeOf(err) != zinit.CodeCancelled {
			t.Error(err)
		}
		cancel()
	}
	ended := make(chan error)
	go func() {
		_, err := watch.Next(context.Background())
		ended <- err
	}()
	// The daemon is asked only while a Next waits; the first time, it may be by one before.
	<-asked
	<-asked
	must(t, watch.Close())
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	must(t, watch.Close())
	if _, err := watch.Next(context.Background()); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	eventually(t, "nothing is left", func() bool { return used(t).descriptors <= before.descriptors })
}

func TestAWatchOutlivesTheDaemon(t *testing.T) {
	directory := t.TempDir()
	watch, err := zinit.New(directory + "/s").Watch(10 * time.Millisecond)
	must(t, err)
	defer func() { must(t, watch.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if change, err := watch.Next(ctx); err != nil || change.Kind != zinit.ChangeDaemonLost {
		t.Errorf("%+v, error %v", change, err)
	}
	listener, err := net.Listen("unix", directory+"/s")
	must(t, err)
	defer func() { must(t, listener.Close()) }()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Read(make([]byte, 100))
			_, _ = connection.Write([]byte(`{"state":"ok","body":{}}`))
			_ = connection.Close()
		}
	}()
	if change, err := watch.Next(ctx); err != nil || change.Kind != zinit.ChangeDaemonBack {
		t.Errorf("%+v, error %v", change, err)
	}
}
