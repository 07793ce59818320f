package zinit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/blang/semver"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// within is a context for a test that must not hang.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// nextLine is a line that must come, as "SERVICE SOURCE TEXT".
func nextLine(ctx context.Context, t *testing.T, logs *zinit.LogStream) string {
	t.Helper()
	line, err := logs.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if line.Truncated {
		t.Errorf("%+v", line)
	}
	return fmt.Sprintf("%s %v %s", line.Service, line.Source, line.Text)
}

// untilEnd reads a snapshot.
func untilEnd(t *testing.T, client *zinit.Client, service string, last int) (lines []string) {
	t.Helper()
	ctx := within(t)
	logs, err := client.Logs(ctx, service, last, false)
	must(t, err)
	for {
		line, err := logs.Next(ctx)
		if err == io.EOF {
			if _, err := logs.Next(ctx); err != io.EOF {
				t.Errorf("the second time %v", err)
			}
			return lines
		}
		must(t, err)
		lines = append(lines, fmt.Sprintf("%s %v %s", line.Service, line.Source, line.Text))
	}
}

// logging is a daemon that has two services, and answers log commands as a function of the test's does.
func logging(t *testing.T, log func(command string, connection net.Conn) string) *zinit.Client {
	return zinit.New(testdaemon.Script(t, func(command string, connection net.Conn) string {
		switch command {
		case "list":
			return `{"state":"ok","body":{"sql":"Running","web":"Running"}}`
		case "status web":
			return `{"state":"ok","body":{"after":{},"name":"web","pid":7,"state":"Running","target":"Up"}}`
		case "status ghost":
			return `{"state":"error","body":"service name \"ghost\" unknown"}`
		}
		return log(command, connection)
	}).Socket)
}

// holds keeps a connection open until the client has left.
func holds(connection net.Conn) {
	_, _ = connection.Read(make([]byte, 1))
}

var logRuns atomic.Int32

func TestLogs(t *testing.T) {
	release := filepath.Join(t.TempDir(), "release")
	// The daemon keeps the lines of a service that is forgotten: each run has a name of its own.
	name := fmt.Sprintf("logged-%d", logRuns.Add(1))
	client := monitored(t, name, zinit.InitService{
		Exec: fmt.Sprintf(`sh -c 'echo one; echo two; echo three; until [ -e %s ]; do sleep 0.02; done; echo four >&2; sleep 1000'`, release),
	})
	version, err := client.Version()
	must(t, err)
	// Before zinit 0.2.14 a start leaves no mark in the log.
	hasMark := version.GTE(semver.MustParse("0.2.14"))
	eventually(t, "all of it is logged", func() bool {
		lines := untilEnd(t, client, name, -1)
		if hasMark {
			if len(lines) == 0 || !strings.HasPrefix(lines[0], name+" start ") {
				return false
			}
			lines = lines[1:]
		}
		return strings.Join(lines, ",") == fmt.Sprintf("%[1]s stdout one,%[1]s stdout two,%[1]s stdout three", name)
	})
	if lines := untilEnd(t, client, name, 2); strings.Join(lines, ",") != fmt.Sprintf("%[1]s stdout two,%[1]s stdout three", name) {
		t.Errorf("%q", lines)
	}
	if lines := untilEnd(t, client, name, 0); len(lines) != 0 {
		t.Errorf("%q", lines)
	}
	if lines := strings.Join(untilEnd(t, client, "", -1), ","); !strings.Contains(lines, name+" stdout two") {
		t.Errorf("%q", lines)
	}
	ctx := within(t)
	logs, err := client.Logs(ctx, name, 1, true)
	must(t, err)
	defer func() { must(t, logs.Close()) }()
	if line := nextLine(ctx, t, logs); line != name+" stdout three" {
		t.Errorf("%q", line)
	}
	must(t, os.WriteFile(release, nil, 0o600))
	expected := name + " stderr four"
	// Before zinit 0.2.10 the log does not tell the two outputs apart.
	if version.LT(semver.MustParse("0.2.10")) {
		expected = name + " stdout four"
	}
	if line := nextLine(ctx, t, logs); line != expected {
		t.Errorf("%q", line)
	}
}

func TestLogsOfAServiceThatIsNone(t *testing.T) {
	expectUnknown(t, logging(t, func(command string, _ net.Conn) string {
		if command != "log snapshot" {
			t.Errorf("sent %q", command)
		}
		return ""
	}))
	testdaemon.Need(t)
	expectUnknown(t, zinit.Default())
}

func expectUnknown(t *testing.T, client *zinit.Client) {
	t.Helper()
	for _, follow := range []bool{false, true} {
		logs, err := client.Logs(within(t), "ghost", -1, follow)
		must(t, err)
		for i := 0; i < 2; i++ {
			if _, err := logs.Next(within(t)); err != zinit.ErrUnknownService {
				t.Errorf("follow %v: %v", follow, err)
			}
		}
	}
}

func TestLogsThatCannotBeAskedFor(t *testing.T) {
	client := zinit.New(filepath.Join(t.TempDir(), "s"))
	ended, end := context.WithCancel(context.Background())
	end()
	for what, call := range map[string]struct {
		ctx  context.Context
		name string
		last int
		code zinit.Code
	}{
		"a NUL":            {context.Background(), "a\x00b", 1, zinit.CodeInvalidName},
		"a newline":        {context.Background(), "a\nb", 1, zinit.CodeInvalidName},
		"less than all":    {context.Background(), "a", -2, zinit.CodeInvalidArgument},
		"an ended context": {ended, "a", 1, zinit.CodeCancelled},
	} {
		if _, err := client.Logs(call.ctx, call.name, call.last, false); codeOf(err) != call.code {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := (&zinit.Client{}).Logs(context.Background(), "a", 1, false); codeOf(err) != zinit.CodeInvalidArgument {
		t.Error(err)
	}
	logs, err := client.Logs(context.Background(), "", -1, true)
	must(t, err)
	if _, err := logs.Next(context.Background()); codeOf(err) != zinit.CodeNotRunning {
		t.Error(err)
	}
}

func TestALineKeepsItsBytes(t *testing.T) {
	client := logging(t, func(string, net.Conn) string {
		return "[+] web: a\x00b\xff\n[-] web: \n[+] web/test: up\n" +
			"[+] sql: " + strings.Repeat("x", 70000) + "\n[-] zinit: 3 lines dropped\n"
	})
	ctx := within(t)
	logs, err := client.Logs(ctx, "", -1, false)
	must(t, err)
	for _, expected := range []zinit.LogLine{
		{Service: "web", Source: zinit.LogSourceStdout, Text: "a\x00b\xff"},
		{Service: "web", Source: zinit.LogSourceStderr},
		{Service: "web", Source: zinit.LogSourceTest, Text: "up"},
	} {
		if line, err := logs.Next(ctx); err != nil || line != expected {
			t.Errorf("%+v, error %v", line, err)
		}
	}
	if line, err := logs.Next(ctx); err != nil || line.Service != "sql" || !line.Truncated || len(line.Text) < 60000 {
		t.Errorf("%d bytes of %s, error %v", len(line.Text), line.Service, err)
	}
	for word, source := range map[string]zinit.LogSource{
		"stdout": zinit.LogSourceStdout, "stderr": zinit.LogSourceStderr, "start": zinit.LogSourceStart,
		"test": zinit.LogSourceTest, "dropped": zinit.LogSourceDropped, "LogSource(0)": 0,
	} {
		if source.String() != word {
			t.Errorf("%v, not %s", source, word)
		}
	}
}

func TestAFollowerGetsEveryLine(t *testing.T) {
	count := scale(100000)
	client := logging(t, func(_ string, connection net.Conn) string {
		for i := 0; i < count; i++ {
			if _, err := fmt.Fprintf(connection, "[+] sql: other\n[+] web: %d\n", i); err != nil {
				t.Error(err)
			}
		}
		holds(connection)
		return ""
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	logs, err := client.Logs(ctx, "web", -1, true)
	must(t, err)
	began := time.Now()
	for i := 0; i < count; i++ {
		if line := nextLine(ctx, t, logs); line != fmt.Sprintf("web stdout %d", i) {
			t.Fatalf("%q, not %d", line, i)
		}
	}
	t.Logf("%v a line", time.Since(began)/time.Duration(count))
	must(t, logs.Close())
	if _, err := logs.Next(ctx); err != os.ErrClosed {
		t.Error(err)
	}
}

func TestAContextEndsLogs(t *testing.T) {
	client := logging(t, func(_ string, connection net.Conn) string {
		_, _ = io.WriteString(connection, "[+] web: a\n")
		holds(connection)
		return ""
	})
	expectCancelledAmidWait(t, "Next", func(ctx context.Context) error { return lastError(client, ctx, ctx) })
	expectCancelledAmidWait(t, "the stream", func(ctx context.Context) error { return lastError(client, ctx, context.Background()) })

	// The end of Next's own context is not that of the stream.
	ctx := within(t)
	logs, err := client.Logs(ctx, "web", -1, true)
	must(t, err)
	defer func() { must(t, logs.Close()) }()
	for i := 0; i < 3; i++ {
		ended, end := context.WithCancel(ctx)
		end()
		if _, err := logs.Next(ended); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if line := nextLine(ctx, t, logs); line != "web stdout a" {
		t.Errorf("%q", line)
	}
}

// lastError follows a log to its end.
func lastError(client *zinit.Client, ofStream, ofNext context.Context) error {
	logs, err := client.Logs(ofStream, "web", -1, true)
	for err == nil {
		_, err = logs.Next(ofNext)
	}
	return err
}

func TestLogsLeaveNothing(t *testing.T) {
	client := logging(t, func(command string, connection net.Conn) string {
		_, _ = io.WriteString(connection, "[+] web: a\n[+] web: b\n")
		if command == "log" {
			holds(connection)
		}
		return ""
	})
	// It outlives every stream, and must not hold any.
	long, cancel := context.WithCancel(context.Background())
	defer cancel()
	follow := func(number int) {
		switch number % 5 {
		case 0:
			ctx, cancel := context.WithCancel(long)
			time.AfterFunc(time.Duration(number%20)*time.Millisecond, cancel)
			if err := lastError(client, ctx, ctx); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		case 1:
			// The context alone ends it: nobody asks for a line any more.
			ctx, cancel := context.WithCancel(long)
			logs, err := client.Logs(ctx, "web", -1, true)
			if err == nil {
				_, err = logs.Next(ctx)
			}
			if err != nil {
				t.Error(err)
			}
			cancel()
		case 2:
			logs, err := client.Logs(long, "web", -1, true)
			if err != nil {
				t.Error(err)
				return
			}
			time.AfterFunc(time.Duration(number%20)*time.Millisecond, func() { _ = logs.Close() })
			for err == nil {
				_, err = logs.Next(context.Background())
			}
			if err != os.ErrClosed {
				t.Error(err)
			}
		case 3:
			// Read to its end, and not closed.
			logs, err := client.Logs(long, "web", -1, false)
			for err == nil {
				_, err = logs.Next(long)
			}
			if err != io.EOF {
				t.Error(err)
			}
		case 4:
			// Given up to the garbage collector.
			if _, err := client.Logs(context.Background(), "web", -1, true); err != nil {
				t.Error(err)
			}
		}
	}
	inParallel(20, scale(1000), follow)
	before := settled(t)
	eventually(t, "no connection is closed any more", func() bool {
		earlier := before
		before = settled(t)
		return before.descriptors == earlier.descriptors && before.goroutines == earlier.goroutines
	})
	inParallel(20, scale(1000), follow)
	eventually(t, "the connections are closed", func() bool {
		now := settled(t)
		return now.descriptors <= before.descriptors && now.goroutines <= before.goroutines
	})
	expectFlat(t, before, settled(t))
}

func TestADaemonThatEndsWhileItsLogIsFollowed(t *testing.T) {
	testdaemon.Need(t)
	directory, err := os.MkdirTemp("", "zinit-go")
	must(t, err)
	defer func() { _ = os.RemoveAll(directory) }()
	socket, configDir := filepath.Join(directory, "s"), filepath.Join(directory, "services")
	must(t, os.Mkdir(configDir, 0o755))
	stop, err := testdaemon.Start(os.Getenv("ZINIT_BIN"), socket, configDir, filepath.Join(directory, "log"))
	defer stop()
	must(t, err)
	client, err := zinit.WithOptions(zinit.Options{Socket: socket, ConfigDir: configDir})
	must(t, err)
	must(t, client.AddService("web", zinit.InitService{Exec: "sh -c 'echo ready; sleep 1000'"}))
	must(t, client.Monitor("web"))
	ctx := within(t)
	logs, err := client.Logs(ctx, "web", -1, true)
	must(t, err)
	for nextLine(ctx, t, logs) != "web stdout ready" {
	}
	stop()
	// Over the line protocol the daemon sends a line twice that comes just while it answers.
	line, err := logs.Next(ctx)
	if err == nil {
		if line.Text != "ready" {
			t.Errorf("%+v behind the only line of the service", line)
		}
		_, err = logs.Next(ctx)
	}
	for i := 0; i < 2; i++ {
		var failed *zinit.Error
		if !errors.As(err, &failed) || failed.Code != zinit.CodeClosed || failed.Service != "web" {
			t.Errorf("%+v", err)
		}
		_, err = logs.Next(ctx)
	}
}
