package zinit

import (
	"context"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// Start sets the target of a service to Up and returns. It has no effect on a service that is up.
func (c *Client) Start(service string) error {
	return c.StartContext(context.Background(), service)
}

// StartContext is Start with a context. The end of the context ends the call.
func (c *Client) StartContext(ctx context.Context, service string) error {
	return c.do(ctx, capi.Start, service, capi.Arguments{})
}

// Stop sets the target of a service to Down and returns. The daemon sends the stop signal. The process may
// still be running when Stop returns.
func (c *Client) Stop(service string) error {
	return c.StopContext(context.Background(), service)
}

// StopContext is Stop with a context. The end of the context ends the call.
func (c *Client) StopContext(ctx context.Context, service string) error {
	return c.do(ctx, capi.Stop, service, capi.Arguments{})
}

// Monitor tells the daemon to read the file of a service and to start the service. If the service is already
// monitored, it returns ErrAlreadyMonitored.
func (c *Client) Monitor(service string) error {
	return c.MonitorContext(context.Background(), service)
}

// MonitorContext is Monitor with a context. The end of the context ends the call.
func (c *Client) MonitorContext(ctx context.Context, service string) error {
	return sentinel(c.do(ctx, capi.Monitor, service, capi.Arguments{}), ErrAlreadyMonitored)
}

// Forget tells the daemon to forget a service. The service must be stopped. Its file stays.
func (c *Client) Forget(service string) error {
	return c.ForgetContext(context.Background(), service)
}

// ForgetContext is Forget with a context. The end of the context ends the call.
func (c *Client) ForgetContext(ctx context.Context, service string) error {
	return c.do(ctx, capi.Forget, service, capi.Arguments{})
}

// Kill sends a signal to the process group of a service. The target does not change: if the process ends, the
// daemon spawns it again.
func (c *Client) Kill(service string, sig Signal) error {
	return c.KillContext(context.Background(), service, sig)
}

// KillContext is Kill with a context. The end of the context ends the call.
func (c *Client) KillContext(ctx context.Context, service string, sig Signal) error {
	return c.do(ctx, capi.Kill, service, capi.Arguments{Signal: string(sig)})
}

// Reboot tells the daemon to stop all services and to restart the machine.
func (c *Client) Reboot() error {
	return c.RebootContext(context.Background())
}

// RebootContext is Reboot with a context. The end of the context ends the call.
func (c *Client) RebootContext(ctx context.Context) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.Reboot(ctx))
}

// Shutdown tells the daemon to stop all services and to turn the machine off. It sends nothing to a daemon
// before 0.2.9, which would restart the machine: errors.Is then finds ErrNotSupported.
func (c *Client) Shutdown() error {
	return c.ShutdownContext(context.Background())
}

// ShutdownContext is Shutdown with a context. The end of the context ends the call.
func (c *Client) ShutdownContext(ctx context.Context) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.Shutdown(ctx))
}

// StartHTTPServer tells the daemon to serve its JSON-RPC over HTTP at an IP address and port, such as
// "127.0.0.1:8080", too. A server that it has started before is closed. The daemon asks for no authentication, and does
// as root what it is told: an address other than a loopback address gives root to the network, and a loopback address
// gives it to every user of the machine. zinit before 0.2.15 cannot do it: errors.Is then finds ErrNotSupported.
func (c *Client) StartHTTPServer(address string) error {
	return c.StartHTTPServerContext(context.Background(), address)
}

// StartHTTPServerContext is StartHTTPServer with a context. The end of the context ends the call.
func (c *Client) StartHTTPServerContext(ctx context.Context, address string) error {
	return c.do(ctx, capi.StartHTTPServer, "", capi.Arguments{Address: address})
}

// StopHTTPServer tells the daemon to close its HTTP server.
func (c *Client) StopHTTPServer() error {
	return c.StopHTTPServerContext(context.Background())
}

// StopHTTPServerContext is StopHTTPServer with a context. The end of the context ends the call.
func (c *Client) StopHTTPServerContext(ctx context.Context) error {
	return c.do(ctx, capi.StopHTTPServer, "", capi.Arguments{})
}

// StartWait starts a service and waits until it is up. Up means running, or success for a oneshot. A state
// from before the start does not count. At the timeout it returns an error with CodeTimeout. With a timeout
// of 0 it does not wait.
func (c *Client) StartWait(timeout time.Duration, service string) error {
	return c.StartWaitContext(context.Background(), timeout, service)
}

// StartWaitContext is StartWait with a context. The end of the context ends the call.
func (c *Client) StartWaitContext(ctx context.Context, timeout time.Duration, service string) error {
	return c.do(ctx, capi.StartWait, service, capi.Arguments{FirstMs: milliseconds(timeout)})
}

// StopWait stops a service and waits until its process has ended. At the timeout it sends SIGKILL, and
// returns when the process has ended. With a timeout of 0 it does not wait. The daemon reports only the
// process that it spawned: children of that process may still be running.
func (c *Client) StopWait(timeout time.Duration, service string) error {
	return c.StopWaitContext(context.Background(), timeout, service)
}

// StopWaitContext is StopWait with a context. The end of the context ends the call.
func (c *Client) StopWaitContext(ctx context.Context, timeout time.Duration, service string) error {
	return c.do(ctx, capi.StopWait, service, capi.Arguments{FirstMs: milliseconds(timeout)})
}

// Restart stops a service, waits until its process has ended, starts it, and waits until it is up. With a
// stop timeout of 0 it sends SIGKILL at once.
func (c *Client) Restart(stop, start time.Duration, service string) error {
	return c.RestartContext(context.Background(), stop, start, service)
}

// RestartContext is Restart with a context. The end of the context ends the call.
func (c *Client) RestartContext(ctx context.Context, stop, start time.Duration, service string) error {
	arguments := capi.Arguments{FirstMs: milliseconds(stop), SecondMs: milliseconds(start)}
	return c.do(ctx, capi.Restart, service, arguments)
}

// Deploy puts a definition in force. If the service is monitored, Deploy stops and forgets it. Then it writes
// the file, monitors the service, and waits until it is up. If the daemon would refuse the definition, Deploy
// returns an error before it changes anything. With a stop timeout of 0 it sends SIGKILL at once.
func (c *Client) Deploy(stop, start time.Duration, name string, service InitService) error {
	return c.DeployContext(context.Background(), stop, start, name, service)
}

// DeployContext is Deploy with a context. The end of the context ends the call.
func (c *Client) DeployContext(ctx context.Context, stop, start time.Duration, name string, service InitService) error {
	definition, err := service.toC()
	if err != nil {
		return err
	}
	return c.do(ctx, capi.Deploy, name, capi.Arguments{
		Service: &definition, FirstMs: milliseconds(stop), SecondMs: milliseconds(start),
	})
}

// Reload puts the file of a service in force after somebody has edited it. If the service is monitored, Reload
// stops and forgets it. Then it monitors the service, and waits until it is up. It does not write the file. If
// the daemon would refuse the file, Reload returns an error and stops nothing. With a stop timeout of 0 it
// sends SIGKILL at once.
func (c *Client) Reload(stop, start time.Duration, service string) error {
	return c.ReloadContext(context.Background(), stop, start, service)
}

// ReloadContext is Reload with a context. The end of the context ends the call.
func (c *Client) ReloadContext(ctx context.Context, stop, start time.Duration, service string) error {
	arguments := capi.Arguments{FirstMs: milliseconds(stop), SecondMs: milliseconds(start)}
	return c.do(ctx, capi.Reload, service, arguments)
}

func (c *Client) do(ctx context.Context, operation int, service string, arguments capi.Arguments) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	err = fromC(daemon.Do(ctx, operation, service, arguments))
	if operation == capi.Deploy || operation == capi.Reload {
		// Its message says which step failed.
		return err
	}
	return sentinel(err, ErrUnknownService)
}

// StartMultiple monitors and starts services, and waits until all are up. If a service fails, it goes on with
// the others. The error names each service that failed.
func (c *Client) StartMultiple(timeout time.Duration, service ...string) error {
	return c.StartMultipleContext(context.Background(), timeout, service...)
}

// StartMultipleContext is StartMultiple with a context. The end of the context ends the call.
func (c *Client) StartMultipleContext(ctx context.Context, timeout time.Duration, service ...string) error {
	return c.doGroup(ctx, capi.StartMultiple, timeout, 0, service)
}

// StopMultiple stops services, and waits until their processes have ended. At the timeout it sends SIGKILL to
// those that are still running. A service that is not monitored counts as stopped. If a service fails, it
// goes on with the others. The error names each service that failed.
func (c *Client) StopMultiple(timeout time.Duration, service ...string) error {
	return c.StopMultipleContext(context.Background(), timeout, service...)
}

// StopMultipleContext is StopMultiple with a context. The end of the context ends the call.
func (c *Client) StopMultipleContext(ctx context.Context, timeout time.Duration, service ...string) error {
	return c.doGroup(ctx, capi.StopMultiple, timeout, 0, service)
}

// RestartMultiple stops services side by side, starts them again when all have stopped, and waits until all are
// up. Each timeout is for all services together. With a stop timeout of 0 it sends SIGKILL at once. If a service
// fails, it goes on with the others. The error names each service that failed; a service that is not monitored is
// one of them.
func (c *Client) RestartMultiple(stop, start time.Duration, service ...string) error {
	return c.RestartMultipleContext(context.Background(), stop, start, service...)
}

// RestartMultipleContext is RestartMultiple with a context. The end of the context ends the call.
func (c *Client) RestartMultipleContext(ctx context.Context, stop, start time.Duration, service ...string) error {
	return c.doGroup(ctx, capi.RestartMultiple, stop, start, service)
}

// Destroy stops services, forgets them, and removes their files. If a service fails, its file stays, and
// Destroy goes on with the others. The error names each service that failed. With a timeout of 0 it sends
// SIGKILL at once.
func (c *Client) Destroy(timeout time.Duration, services ...string) error {
	return c.DestroyContext(context.Background(), timeout, services...)
}

// DestroyContext is Destroy with a context. The end of the context ends the call.
func (c *Client) DestroyContext(ctx context.Context, timeout time.Duration, services ...string) error {
	return c.doGroup(ctx, capi.Destroy, timeout, 0, services)
}

func (c *Client) doGroup(ctx context.Context, operation int, first, second time.Duration, services []string) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.DoGroup(ctx, operation, services, milliseconds(first), milliseconds(second)))
}

// milliseconds converts a timeout for the library: -1 means no limit, 0 means do not wait.
func milliseconds(timeout time.Duration) int64 {
	switch {
	case timeout == NoLimit:
		return -1
	case timeout == 0:
		return 0
	case timeout < time.Millisecond:
		return 1
	}
	whole := timeout.Milliseconds()
	if timeout%time.Millisecond != 0 {
		whole++
	}
	return whole
}
