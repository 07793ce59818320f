package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	original "github.com/threefoldtech/zosbase/pkg/zinit"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// What calls cost in both packages, of this process's own processor time, too. Nothing is judged:
//
//	go test -run '^$' -bench . ./...
func BenchmarkBoth(b *testing.B) {
	socket := testdaemon.Separate(b, 1000)
	directory := b.TempDir()
	for i := 0; i < 1000; i++ {
		program := "/usr/bin/server"
		if i%100 == 0 {
			program = "/usr/bin/wanted"
		}
		path := filepath.Join(directory, fmt.Sprintf("service-%04d.yaml", i))
		if err := os.WriteFile(path, []byte(fmt.Sprintf("exec: %s --number %d\nlog: ring\n", program, i)), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	before := original.New(socket)
	now, err := zinit.WithOptions(zinit.Options{Socket: socket, ConfigDir: directory})
	if err != nil {
		b.Fatal(err)
	}
	for _, measured := range []struct {
		what        string
		goroutines  int
		before, now func() error
	}{
		{"Status/alone", 1,
			func() error { _, err := before.Status("service-0500"); return err },
			func() error { _, err := now.Status("service-0500"); return err }},
		{"Status/256-goroutines", 256,
			func() error { _, err := before.Status("service-0500"); return err },
			func() error { _, err := now.Status("service-0500"); return err }},
		{"List-of-1000", 1,
			func() error { _, err := before.List(); return err },
			func() error { _, err := now.List(); return err }},
		{"Matches-of-1000-by-name", 1, nil,
			func() error { return expectMatches(1, now, zinit.WithName("service-0500")) }},
		// The original finds the files only in /etc/zinit: TestTimes compares.
		{"Matches-of-1000-by-exec", 1, nil,
			func() error { return expectMatches(10, now, zinit.WithExec("wanted")) }},
	} {
		if measured.before != nil {
			b.Run(measured.what+"/original", func(b *testing.B) { benchmark(b, measured.goroutines, measured.before) })
		}
		b.Run(measured.what+"/this-package", func(b *testing.B) { benchmark(b, measured.goroutines, measured.now) })
	}
}

func expectMatches(number int, client *zinit.Client, filter zinit.Filter) error {
	names, err := client.Matches(filter)
	if err == nil && len(names) != number {
		err = fmt.Errorf("%d services match", len(names))
	}
	return err
}

func benchmark(b *testing.B, goroutines int, call func() error) {
	runtime.GC()
	var left atomic.Int64
	left.Store(int64(b.N))
	before := processorTime(b)
	b.ResetTimer()
	var group sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	group.Wait()
	b.StopTimer()
	spent := processorTime(b) - before
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/1000, "cpu-us/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
