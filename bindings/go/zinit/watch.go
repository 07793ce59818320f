package zinit

import (
	"context"
	"fmt"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// Watch returns the changes of services, until it is closed.
type Watch struct {
	watch *capi.Watch
}

// ChangeKind is the kind of a change.
type ChangeKind int32

// The kinds of changes.
const (
	// ChangeAppeared means that the service is monitored. A watch begins with such a change for every service
	// that is already monitored.
	ChangeAppeared ChangeKind = capi.ChangeAppeared
	// ChangeState means that the service has another state.
	ChangeState ChangeKind = capi.ChangeState
	// ChangeForgotten means that the service is not monitored any more.
	ChangeForgotten ChangeKind = capi.ChangeForgotten
	// ChangeDaemonLost means that the daemon does not answer any more.
	ChangeDaemonLost ChangeKind = capi.ChangeDaemonLost
	// ChangeDaemonBack means that the daemon answers again.
	ChangeDaemonBack ChangeKind = capi.ChangeDaemonBack
)

// String returns the word for a kind: "appeared", "state", "forgotten", "daemon lost" or "daemon back".
func (k ChangeKind) String() string {
	switch k {
	case ChangeAppeared:
		return "appeared"
	case ChangeState:
		return "state"
	case ChangeForgotten:
		return "forgotten"
	case ChangeDaemonLost:
		return "daemon lost"
	case ChangeDaemonBack:
		return "daemon back"
	default:
		return fmt.Sprintf("ChangeKind(%d)", int32(k))
	}
}

// Change is one change of a service or of the daemon.
type Change struct {
	// Kind is the kind of the change.
	Kind ChangeKind
	// Service is the service that changed; "" for a change of the daemon.
	Service string
	// Before is the state before the change; nil for ChangeAppeared and for a change of the daemon.
	Before *ServiceState
	// After is the state after the change; nil for ChangeForgotten and for a change of the daemon.
	After *ServiceState
	// Pid is the process id of the process that the daemon spawned; 0 if no process is running.
	Pid int
	// Target is the target after the change.
	Target ServiceTarget
}

// Watch begins to watch services. Without a name it watches all services. zinit does not report changes, so a
// watch asks again and again: often while something changes, and once an interval while nothing changes. It
// begins with a change for every service that is already monitored.
func (c *Client) Watch(interval time.Duration, service ...string) (*Watch, error) {
	daemon, err := c.use()
	if err != nil {
		return nil, err
	}
	watch, err := daemon.Watch(service, milliseconds(interval))
	if err != nil {
		return nil, fromC(err)
	}
	return &Watch{watch}, nil
}

// Next waits for the next change, until the context ends. After Close it returns os.ErrClosed.
func (w *Watch) Next(ctx context.Context) (Change, error) {
	change, err := w.watch.Next(ctx)
	if err != nil {
		return Change{}, fromC(err)
	}
	return Change{
		Kind: ChangeKind(change.Kind), Service: change.Service, Before: optionalState(change.Before),
		After: optionalState(change.After), Pid: change.Pid, Target: ServiceTarget(change.Target),
	}, nil
}

// Close ends the watch, and a call of Next that is waiting. It returns nil, and may be called more than once.
func (w *Watch) Close() error {
	w.watch.Close()
	return nil
}

func optionalState(seen capi.State) *ServiceState {
	if seen.Text == "" {
		return nil
	}
	state := stateOf(seen)
	return &state
}
