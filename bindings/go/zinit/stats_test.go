package zinit_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// testbed is a client of a testbed of its own.
func testbed(t *testing.T, protocol string) *zinit.Client {
	t.Helper()
	socket, configDir := testdaemon.StartTestbed(t, protocol)
	client, err := zinit.WithOptions(zinit.Options{Socket: socket, ConfigDir: configDir})
	must(t, err)
	return client
}

func TestStatsAreThoseOfTheProcessAndItsChildren(t *testing.T) {
	client := testbed(t, "jsonrpc")
	must(t, client.Deploy(0, 20*time.Second, "parent", zinit.InitService{Exec: "sh -c 'sleep 1000 & sleep 1000 & wait'"}))
	status, err := client.Status("parent")
	must(t, err)
	var stats zinit.ServiceStats
	eventually(t, "both children are there", func() bool {
		stats, err = client.Stats("parent")
		must(t, err)
		return len(stats.Children) == 2
	})
	if stats.Process.Pid != status.Pid {
		t.Errorf("the process is %d, not %d", stats.Process.Pid, status.Pid)
	}
	for _, process := range append(stats.Children, stats.Process) {
		if process.Pid <= 0 || process.Memory == 0 || process.CPU < 0 {
			t.Errorf("%+v", process)
		}
	}
}

func TestStatsOfAServiceThatHasNone(t *testing.T) {
	client := testbed(t, "jsonrpc")
	if _, err := client.Stats("nosuch"); err != zinit.ErrUnknownService {
		t.Error(err)
	}
	must(t, client.Deploy(0, 20*time.Second, "once", zinit.InitService{Exec: "true", Oneshot: true}))
	if _, err := client.Stats("once"); codeOf(err) != zinit.CodeServiceDown {
		t.Error(err)
	}
	if _, err := client.Stats("a/b"); codeOf(err) != zinit.CodeInvalidName {
		t.Error(err)
	}
}

func TestTheHTTPServerStartsAndStops(t *testing.T) {
	client := testbed(t, "jsonrpc")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := taken.Addr().String()
	err = client.StartHTTPServer(address)
	if codeOf(err) != zinit.CodeDaemon || !strings.Contains(err.Error(), "Address already in use") {
		t.Error(err)
	}
	must(t, taken.Close())
	must(t, client.StartHTTPServer(address))
	connection, err := net.Dial("tcp", address)
	must(t, err)
	must(t, connection.Close())
	must(t, client.StopHTTPServer())
	if err := client.StopHTTPServer(); codeOf(err) != zinit.CodeDaemon {
		t.Error(err)
	}
	for _, address := range []string{"", "localhost:80", "127.0.0.1", "a\x00b"} {
		if err := client.StartHTTPServer(address); codeOf(err) != zinit.CodeInvalidArgument {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestADaemonOfTheLineProtocolHasNoStatsAndNoHTTPServer(t *testing.T) {
	client := testbed(t, "line")
	_, err := client.Stats("web")
	for operation, err := range map[string]error{
		"Stats": err, "StartHTTPServer": client.StartHTTPServer("127.0.0.1:1"), "StopHTTPServer": client.StopHTTPServer(),
	} {
		if !errors.Is(err, zinit.ErrNotSupported) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func TestAContextEndsStatsAndTheHTTPServer(t *testing.T) {
	// It knows no answer.
	client, _ := withOptions(t, testdaemon.Script(t, func(_ string, connection net.Conn) string {
		_, _ = connection.Read(make([]byte, 1))
		return ""
	}).Socket)
	for operation, call := range map[string]func(ctx context.Context) error{
		"Stats":           func(ctx context.Context) error { _, err := client.StatsContext(ctx, "web"); return err },
		"StartHTTPServer": func(ctx context.Context) error { return client.StartHTTPServerContext(ctx, "127.0.0.1:1") },
		"StopHTTPServer":  client.StopHTTPServerContext,
	} {
		expectCancelled(t, operation, call)
	}
}
