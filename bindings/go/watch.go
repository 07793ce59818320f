package zinit

import (
	"context"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// Watch tells how services change, until it is closed.
type Watch struct {
	watch *capi.Watch
}

// ChangeKind is in which way something has changed.
type ChangeKind int32

// The ways in which something changes.
const (
	// ChangeAppeared is a service that is monitored; the first changes of a watch are those that were already.
	ChangeAppeared ChangeKind = capi.ChangeAppeared
	// ChangeState is a service in another state.
	ChangeState ChangeKind = capi.ChangeState
	// ChangeForgotten is a service that is not monitored any more.
	ChangeForgotten ChangeKind = capi.ChangeForgotten
	// ChangeDaemonLost is a daemon that does not answer any more.
	ChangeDaemonLost ChangeKind = capi.ChangeDaemonLost
	// ChangeDaemonBack is a daemon that answers again.
	ChangeDaemonBack ChangeKind = capi.ChangeDaemonBack
)

// Change is one change of a service or of the daemon.
type Change struct {
	// Kind is in which way it has changed.
	Kind ChangeKind
	// Service is the service; "" for the daemon.
	Service string
	// Before is the state before; nil for ChangeAppeared and the daemon.
	Before *ServiceState
	// After is the state now; nil for ChangeForgotten and the daemon.
	After *ServiceState
	// Pid is the process now; 0 for none.
	Pid int
	// Target is the target now.
	Target ServiceTarget
}

// Watch begins to watch services; all if none is named. It looks often while something changes, and each interval while
// nothing does. The first changes are the services as they are now.
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

// Close ends the watch, and a Next that waits. It returns nil, and may be called more than once.
func (w *Watch) Close() error {
	w.watch.Close()
	return nil
}

func optionalState(text string) *ServiceState {
	if text == "" {
		return nil
	}
	state := stateOf(text)
	return &state
}
