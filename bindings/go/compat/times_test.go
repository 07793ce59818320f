package compat

import (
	"fmt"
	"sort"
	"testing"
	"time"

	original "github.com/threefoldtech/zosbase/pkg/zinit"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// How long both take, call by call in turn. Nothing is judged: see the output of go test -v.
func TestTimes(t *testing.T) {
	testdaemon.Need(t)
	before := original.Default()
	// The original takes a service for up as soon as it is Running.
	now, err := zinit.WithOptions(zinit.Options{Steady: -1})
	if err != nil {
		t.Fatal(err)
	}
	const services = 50
	var names []string
	for i := 0; i < services; i++ {
		name := fmt.Sprintf("time-%d", i)
		names = append(names, name)
		if err := zinit.AddService(name, zinit.InitService{Exec: "sleep 1000"}); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		if err := now.Destroy(0, names...); err != nil {
			t.Error(err)
		}
	}()
	if err := now.StartMultiple(20*time.Second, names...); err != nil {
		t.Fatal(err)
	}
	one := names[0]
	for _, measured := range []struct {
		what        string
		times       int
		before, now func() error
	}{
		{"Status", 1000,
			func() error { _, err := before.Status(one); return err },
			func() error { _, err := now.Status(one); return err }},
		{fmt.Sprintf("List of %d", services), 300,
			func() error { _, err := before.List(); return err },
			func() error { _, err := now.List(); return err }},
		{fmt.Sprintf("Matches by command, of %d", services), 20,
			func() error { _, err := before.Matches(original.WithExec("sleep")); return err },
			func() error { _, err := now.Matches(zinit.WithExec("sleep")); return err }},
		{"LoadService", 300,
			func() error { _, err := original.LoadService(one); return err },
			func() error { _, err := zinit.LoadService(one); return err }},
		{"StopWait, Forget, AddService, Monitor, StartWait", 5,
			func() error {
				return first(
					func() error { return before.StopWait(5*time.Second, one) },
					func() error { return before.Forget(one) },
					func() error { return original.AddService(one, original.InitService{Exec: "sleep 1000"}) },
					func() error { return before.Monitor(one) },
					func() error { return before.StartWait(20*time.Second, one) },
				)
			},
			func() error {
				return first(
					func() error { return now.StopWait(5*time.Second, one) },
					func() error { return now.Forget(one) },
					func() error { return zinit.AddService(one, zinit.InitService{Exec: "sleep 1000"}) },
					func() error { return now.Monitor(one) },
					func() error { return now.StartWait(20*time.Second, one) },
				)
			}},
	} {
		var old, new []time.Duration
		for i := 0; i < measured.times; i++ {
			old, new = append(old, timed(t, measured.before)), append(new, timed(t, measured.now))
		}
		t.Logf("%s, median of %d: original %v, this package %v", measured.what, measured.times, median(old), median(new))
	}
}

// first does one thing after another, and returns the first error.
func first(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func timed(t *testing.T, call func() error) time.Duration {
	t.Helper()
	begin := time.Now()
	if err := call(); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func median(times []time.Duration) time.Duration {
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return times[len(times)/2]
}
