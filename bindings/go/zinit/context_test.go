package zinit_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// withContext are all calls of a client that a context can end, and that wait for a reply.
var withContext = map[string]func(ctx context.Context, client *zinit.Client) error{
	"List": func(ctx context.Context, client *zinit.Client) error { _, err := client.ListContext(ctx); return err },
	"Status": func(ctx context.Context, client *zinit.Client) error {
		_, err := client.StatusContext(ctx, "a")
		return err
	},
	"Statuses": func(ctx context.Context, client *zinit.Client) error {
		_, err := client.StatusesContext(ctx)
		return err
	},
	"Exists": func(ctx context.Context, client *zinit.Client) error {
		_, err := client.ExistsContext(ctx, "a")
		return err
	},
	"Get": func(ctx context.Context, client *zinit.Client) error {
		_, err := client.GetContext(ctx, "a")
		return err
	},
	"Start":   func(ctx context.Context, client *zinit.Client) error { return client.StartContext(ctx, "a") },
	"Stop":    func(ctx context.Context, client *zinit.Client) error { return client.StopContext(ctx, "a") },
	"Monitor": func(ctx context.Context, client *zinit.Client) error { return client.MonitorContext(ctx, "a") },
	"Forget":  func(ctx context.Context, client *zinit.Client) error { return client.ForgetContext(ctx, "a") },
	"Kill": func(ctx context.Context, client *zinit.Client) error {
		return client.KillContext(ctx, "a", zinit.SIGTERM)
	},
	"Reboot": func(ctx context.Context, client *zinit.Client) error { return client.RebootContext(ctx) },
	"Protocol": func(ctx context.Context, client *zinit.Client) error {
		_, err := client.ProtocolContext(ctx)
		return err
	},
	"Matches": func(ctx context.Context, client *zinit.Client) error {
		_, err := client.MatchesContext(ctx, zinit.WithExec("a"))
		return err
	},
}

func TestAContextEndsEachCallToASilentDaemon(t *testing.T) {
	silent := testdaemon.Script(t, func(_ string, connection net.Conn) string {
		_, _ = connection.Read(make([]byte, 1))
		return ""
	})
	client, _ := withOptions(t, silent.Socket)
	for name, call := range withContext {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			defer cancel()
			if err := call(ctx, client); codeOf(err) != zinit.CodeCancelled || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
}

func TestACallWhoseContextIsOverSendsNothing(t *testing.T) {
	daemon := testdaemon.Script(t, func(command string, _ net.Conn) string {
		t.Errorf("%q was sent", command)
		return ""
	})
	client, _ := withOptions(t, daemon.Socket)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range withContext {
		t.Run(name, func(t *testing.T) {
			if err := call(ctx, client); codeOf(err) != zinit.CodeCancelled || !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	service := zinit.InitService{Exec: "true"}
	for name, err := range map[string]error{
		"AddService":    client.AddServiceContext(ctx, "a", service),
		"RemoveService": client.RemoveServiceContext(ctx, "a"),
		"Shutdown":      client.ShutdownContext(ctx),
		"Version":       func() error { _, err := client.VersionContext(ctx); return err }(),
		"LoadService":   func() error { _, err := client.LoadServiceContext(ctx, "a"); return err }(),
	} {
		if codeOf(err) != zinit.CodeCancelled {
			t.Errorf("%s: %v", name, err)
		}
	}
}
