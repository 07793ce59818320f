package zinit

import (
	"context"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// Start sets the target of a service to Up and returns. It has no effect on a service that is up.
func (c *Client) Start(service string) error {
	return c.do(context.Background(), capi.Start, service, capi.Arguments{})
}

// Stop sets the target of a service to Down, has its stop signal sent, and returns: the process may live on.
func (c *Client) Stop(service string) error {
	return c.do(context.Background(), capi.Stop, service, capi.Arguments{})
}

// Monitor has the daemon read the file of a service, and start it. For a service that is monitored it returns
// ErrAlreadyMonitored.
func (c *Client) Monitor(service string) error {
	return sentinel(c.do(context.Background(), capi.Monitor, service, capi.Arguments{}), ErrAlreadyMonitored)
}

// Forget has the daemon drop a service, which must be stopped. Its file stays.
func (c *Client) Forget(service string) error {
	return c.do(context.Background(), capi.Forget, service, capi.Arguments{})
}

// Kill sends a signal to the process group of a service. Its target stays: a service that ends of it is spawned again.
func (c *Client) Kill(service string, sig Signal) error {
	return c.do(context.Background(), capi.Kill, service, capi.Arguments{Signal: string(sig)})
}

// Reboot has the daemon stop all services and restart the machine.
func (c *Client) Reboot() error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.Reboot())
}

// Shutdown has the daemon stop all services and turn the machine off. A daemon before 0.2.9, which would restart it
// instead, is sent nothing: the error is then ErrNotSupported by errors.Is.
func (c *Client) Shutdown() error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.Shutdown())
}

// StartWait starts a service and waits until it is up: running, or for a oneshot success. A state from before the start
// does not count. When the time is over it returns an error with CodeTimeout. A timeout of 0 means no wait.
func (c *Client) StartWait(timeout time.Duration, service string) error {
	return c.StartWaitContext(context.Background(), timeout, service)
}

// StartWaitContext is StartWait, until the context ends.
func (c *Client) StartWaitContext(ctx context.Context, timeout time.Duration, service string) error {
	return c.do(ctx, capi.StartWait, service, capi.Arguments{FirstMs: milliseconds(timeout)})
}

// StopWait stops a service and waits until no process of it lives. When the time is over the service is killed, and it
// returns once that has worked. A timeout of 0 means no wait.
func (c *Client) StopWait(timeout time.Duration, service string) error {
	return c.StopWaitContext(context.Background(), timeout, service)
}

// StopWaitContext is StopWait, until the context ends.
func (c *Client) StopWaitContext(ctx context.Context, timeout time.Duration, service string) error {
	return c.do(ctx, capi.StopWait, service, capi.Arguments{FirstMs: milliseconds(timeout)})
}

// Restart stops a service, waits until no process of it lives, starts it, and waits until it is up. With a stop timeout of
// 0 it is killed at once.
func (c *Client) Restart(stop, start time.Duration, service string) error {
	return c.RestartContext(context.Background(), stop, start, service)
}

// RestartContext is Restart, until the context ends.
func (c *Client) RestartContext(ctx context.Context, stop, start time.Duration, service string) error {
	arguments := capi.Arguments{FirstMs: milliseconds(stop), SecondMs: milliseconds(start)}
	return c.do(ctx, capi.Restart, service, arguments)
}

// Deploy puts a definition in force: if the service is monitored, it is stopped and forgotten; its file is written, it is
// monitored, and Deploy waits until it is up. A definition that the daemon would refuse is told before anything is touched.
// With a stop timeout of 0 the service is killed at once.
func (c *Client) Deploy(stop, start time.Duration, name string, service InitService) error {
	return c.DeployContext(context.Background(), stop, start, name, service)
}

// DeployContext is Deploy, until the context ends.
func (c *Client) DeployContext(ctx context.Context, stop, start time.Duration, name string, service InitService) error {
	definition, err := service.toC()
	if err != nil {
		return err
	}
	return c.do(ctx, capi.Deploy, name, capi.Arguments{
		Service: &definition, FirstMs: milliseconds(stop), SecondMs: milliseconds(start),
	})
}

func (c *Client) do(ctx context.Context, operation int, service string, arguments capi.Arguments) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	err = fromC(daemon.Do(ctx, operation, service, arguments))
	if operation == capi.Deploy {
		// Its message tells the step.
		return err
	}
	return sentinel(err, ErrUnknownService)
}

// StartMultiple monitors and starts services, and waits until all are up. It goes on past a service that fails; the error
// names every one.
func (c *Client) StartMultiple(timeout time.Duration, service ...string) error {
	return c.StartMultipleContext(context.Background(), timeout, service...)
}

// StartMultipleContext is StartMultiple, until the context ends.
func (c *Client) StartMultipleContext(ctx context.Context, timeout time.Duration, service ...string) error {
	return c.doGroup(ctx, capi.StartMultiple, timeout, service)
}

// StopMultiple stops services, and waits until no process of them lives; those that are not gone when the time is over are
// killed. A service that is not monitored is stopped. It goes on past a service that fails; the error names every one.
func (c *Client) StopMultiple(timeout time.Duration, service ...string) error {
	return c.StopMultipleContext(context.Background(), timeout, service...)
}

// StopMultipleContext is StopMultiple, until the context ends.
func (c *Client) StopMultipleContext(ctx context.Context, timeout time.Duration, service ...string) error {
	return c.doGroup(ctx, capi.StopMultiple, timeout, service)
}

// Destroy stops services, forgets them, and removes their files. It goes on past a service that fails, whose file then
// stays; the error names every one. With a timeout of 0 they are killed at once.
func (c *Client) Destroy(timeout time.Duration, services ...string) error {
	return c.DestroyContext(context.Background(), timeout, services...)
}

// DestroyContext is Destroy, until the context ends.
func (c *Client) DestroyContext(ctx context.Context, timeout time.Duration, services ...string) error {
	return c.doGroup(ctx, capi.Destroy, timeout, services)
}

func (c *Client) doGroup(ctx context.Context, operation int, timeout time.Duration, services []string) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.DoGroup(ctx, operation, services, milliseconds(timeout)))
}

// milliseconds is a timeout as the library counts it: -1 is no limit, 0 no wait.
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
