package zinit_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

func TestATimeoutIsWhatOtherPackagesCallOne(t *testing.T) {
	silent := testdaemon.Script(t, func(_ string, connection net.Conn) string {
		_, _ = connection.Read(make([]byte, 1))
		return ""
	})
	short, err := zinit.WithOptions(zinit.Options{Socket: silent.Socket, IOTimeout: 30 * time.Millisecond})
	must(t, err)
	waiting, _ := withOptions(t, spawning(t).Socket)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	_, noReply := short.Status("a")
	for _, test := range []struct {
		err  error
		code zinit.Code
		is   error
	}{
		{noReply, zinit.CodeNoReply, os.ErrDeadlineExceeded},
		{waiting.StartWait(30*time.Millisecond, "a"), zinit.CodeTimeout, os.ErrDeadlineExceeded},
		{waiting.StartMultiple(30*time.Millisecond, "a", "b"), zinit.CodeTimeout, os.ErrDeadlineExceeded},
		{waiting.StartWaitContext(ctx, zinit.NoLimit, "a"), zinit.CodeCancelled, context.DeadlineExceeded},
	} {
		var timeout interface{ Timeout() bool }
		if codeOf(test.err) != test.code || !errors.Is(test.err, test.is) || !errors.As(test.err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v: %v", test.code, test.err)
		}
	}
	refused := zinit.New(refusing(t, "no").Socket).Start("a")
	var timeout interface{ Timeout() bool }
	if errors.Is(refused, os.ErrDeadlineExceeded) || !errors.As(refused, &timeout) || timeout.Timeout() {
		t.Errorf("%v", refused)
	}
}

func TestAnErrorOfAGroupLeadsToThoseOfItsServices(t *testing.T) {
	client, _ := withOptions(t, refusing(t, `service name "a" unknown`).Socket)
	err := client.StartMultiple(time.Second, "a", "b")
	var failed *zinit.Error
	if !errors.As(err, &failed) || len(failed.Failures) != 2 || len(failed.Unwrap()) != 2 {
		t.Fatalf("%+v", failed)
	}
	for i, one := range failed.Unwrap() {
		if one != error(failed.Failures[i]) || !errors.Is(err, one) {
			t.Errorf("%d: %v", i, one)
		}
	}
	if errors.Is(err, os.ErrPermission) {
		t.Errorf("%v", err)
	}
}

func TestACancelledCallKeepsTheCause(t *testing.T) {
	client, _ := withOptions(t, spawning(t).Socket)
	reason := errors.New("the user has left")
	before, cancel := context.WithCancelCause(context.Background())
	cancel(reason)
	during, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(20*time.Millisecond, func() { cancel(reason) })
	for what, err := range map[string]error{
		"before":    client.StartWaitContext(before, zinit.NoLimit, "a"),
		"during":    client.StartWaitContext(during, zinit.NoLimit, "a"),
		"of groups": client.StopMultipleContext(before, zinit.NoLimit, "a"),
	} {
		if codeOf(err) != zinit.CodeCancelled || !errors.Is(err, reason) || !errors.Is(err, context.Canceled) ||
			!strings.Contains(err.Error(), reason.Error()) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestKindsOfChangesAreWords(t *testing.T) {
	for kind, word := range map[zinit.ChangeKind]string{
		zinit.ChangeAppeared: "appeared", zinit.ChangeState: "state", zinit.ChangeForgotten: "forgotten",
		zinit.ChangeDaemonLost: "daemon lost", zinit.ChangeDaemonBack: "daemon back", 99: "ChangeKind(99)",
	} {
		if kind.String() != word {
			t.Errorf("%d: %q", int32(kind), kind.String())
		}
	}
}

// Who builds without cgo, or for another system, reads one message that says what to set.
func TestABuildThatCannotBeSaysWhatToSet(t *testing.T) {
	for _, variable := range []string{"CGO_ENABLED=0", "GOOS=darwin"} {
		build := exec.Command("go", "build", "-o", os.DevNull, ".")
		build.Env = append(os.Environ(), variable)
		output, err := build.CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			t.Skip(err)
		}
		if err == nil || strings.Count(string(output), "\n") != 2 ||
			!strings.Contains(string(output), "needs linux and cgo: set GOOS=linux, CGO_ENABLED=1") {
			t.Errorf("%s: %v\n%s", variable, err, output)
		}
	}
}
