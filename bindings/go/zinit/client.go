package zinit

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/blang/semver"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// Client talks to one daemon over its unix socket. It holds no connection: each call opens its own. It need
// not be closed.
type Client struct {
	daemon *capi.Client
	// invalid is the reason why there is no daemon: New cannot return an error.
	invalid error
}

// Options are the settings of a client. The zero value of a field means its default.
type Options struct {
	// Socket is the path of the daemon's socket. Default: /var/run/zinit.sock, and if nothing is there,
	// /tmp/zinit.sock, which is the default of zinit 0.2.15 and later. Without a path, the process behind
	// /tmp/zinit.sock must be root's or this user's: otherwise each call returns an error with CodePermission,
	// and sends nothing.
	Socket string
	// ConfigDir is the directory of the daemon's service files, as this program sees it. Default: /etc/zinit.
	ConfigDir string
	// ZinitBinary is the program that Version and Shutdown ask for the version. Default: zinit, looked up in
	// PATH.
	ZinitBinary string
	// IOTimeout is how long one exchange with the daemon may take. Default: 10 seconds.
	IOTimeout time.Duration
	// MaxReplyBytes is how large one reply of the daemon may be. Default: 64 MiB.
	MaxReplyBytes uint64
	// Steady is how long a process must be Running before its service counts as up. Default: 250 milliseconds.
	// Below 0, the service is up as soon as it is Running. StartWait, Restart, Deploy, Reload, StartMultiple and
	// RestartMultiple use it. It does not apply to a service with a test: there, Running means that the test has passed.
	Steady time.Duration
	// Protocol is the protocol that the daemon must speak. Default: ProtocolAny, which works with every daemon.
	// With another one, a call to a daemon that speaks the other protocol returns an error with CodeProtocol,
	// and the daemon has not acted.
	Protocol Protocol
	// StopOrder is the order in which StopMultiple, Destroy and RestartMultiple stop their services. Default:
	// StopOrderAny.
	StopOrder StopOrder
}

// Protocol is how a daemon is spoken to.
type Protocol int32

const (
	// ProtocolAny is the protocol of whatever daemon is there: the client learns it from the replies.
	ProtocolAny Protocol = capi.ProtocolAny
	// ProtocolLine is the line protocol, which zinit 0.2.0 to 0.2.14 speak.
	ProtocolLine Protocol = capi.ProtocolLine
	// ProtocolJSONRPC is JSON-RPC, which zinit 0.2.15 to 0.2.28 speak.
	ProtocolJSONRPC Protocol = capi.ProtocolJSONRPC
	// ProtocolZinit03 is JSON-RPC with other methods, which zinit 0.3.6 to 0.3.9 speak.
	ProtocolZinit03 Protocol = capi.ProtocolZinit03
)

// String returns the protocol in a word: any, line, json-rpc or zinit-0.3.
func (p Protocol) String() string {
	switch p {
	case ProtocolAny:
		return "any"
	case ProtocolLine:
		return "line"
	case ProtocolJSONRPC:
		return "json-rpc"
	case ProtocolZinit03:
		return "zinit-0.3"
	default:
		return "Protocol(" + strconv.Itoa(int(p)) + ")"
	}
}

// StopOrder is the order in which the services of a group are stopped.
type StopOrder int32

const (
	// StopOrderAny stops services side by side.
	StopOrderAny StopOrder = capi.StopOrderAny
	// StopOrderReverse stops a service that runs after another one of the same call before that one: the other
	// one is told to stop when the service is down, or when it is known that the service cannot be stopped. Between
	// services that run after each other in a circle there is no order. The timeout is for the whole call: when it
	// is over, the services that are left are killed in the same order, those that have not been told yet, too.
	StopOrderReverse StopOrder = capi.StopOrderReverse
)

// String returns the order in a word: any or reverse.
func (o StopOrder) String() string {
	switch o {
	case StopOrderAny:
		return "any"
	case StopOrderReverse:
		return "reverse"
	default:
		return "StopOrder(" + strconv.Itoa(int(o)) + ")"
	}
}

// NoLimit is a timeout without a limit: the call waits for ever, and never sends SIGKILL.
const NoLimit = time.Duration(math.MaxInt64)

// New makes a client for the daemon behind a socket. "" means the default socket. If the path is not valid
// for a socket, each call of the client returns an error.
func New(socket string) *Client {
	client, err := WithOptions(Options{Socket: socket})
	if err != nil {
		return &Client{invalid: err}
	}
	return client
}

// Default makes a client for the daemon behind the default socket: see Options.Socket.
func Default() *Client {
	return &Client{daemon: defaultDaemon()}
}

// WithOptions makes a client with the given options.
func WithOptions(options Options) (*Client, error) {
	if options == (Options{}) {
		return Default(), nil
	}
	if options.IOTimeout < 0 {
		return nil, &Error{Code: CodeInvalidArgument, message: "invalid argument `IOTimeout`: it is below 0"}
	}
	if options.Steady == NoLimit {
		return nil, &Error{Code: CodeInvalidArgument, message: "invalid argument `Steady`: NoLimit is not a time"}
	}
	daemon, err := capi.NewClient(capi.Options{
		Socket: options.Socket, ConfigDir: options.ConfigDir, ZinitBinary: options.ZinitBinary,
		IOTimeoutMs: milliseconds(options.IOTimeout), MaxReplyBytes: options.MaxReplyBytes,
		SteadyMs: milliseconds(options.Steady), IsSteadyOff: options.Steady < 0,
		Protocol: int32(options.Protocol), StopOrder: int32(options.StopOrder),
	})
	if err != nil {
		return nil, fromC(err)
	}
	return &Client{daemon: daemon}, nil
}

// defaultDaemon is made once: callers ask for a default client for each operation.
var defaultDaemon = onceValue(func() *capi.Client {
	daemon, err := capi.NewClient(capi.Options{})
	if err != nil {
		// This cannot fail without a path.
		panic("zinit: " + err.Error())
	}
	return daemon
})

func onceValue(make func() *capi.Client) func() *capi.Client {
	var once sync.Once
	var value *capi.Client
	return func() *capi.Client {
		once.Do(func() { value = make() })
		return value
	}
}

// use returns the daemon, or the reason why there is no daemon.
func (c *Client) use() (*capi.Client, error) {
	switch {
	case c == nil || c.daemon == nil && c.invalid == nil:
		return nil, &Error{Code: CodeInvalidArgument, message: "the client was not made by New, Default or WithOptions"}
	case c.invalid != nil:
		return nil, c.invalid
	default:
		return c.daemon, nil
	}
}

// List returns all monitored services with their states.
func (c *Client) List() (map[string]ServiceState, error) {
	return c.ListContext(context.Background())
}

// ListContext is List with a context. The end of the context ends the call.
func (c *Client) ListContext(ctx context.Context) (out map[string]ServiceState, err error) {
	daemon, err := c.use()
	if err != nil {
		return nil, err
	}
	services, err := daemon.List(ctx)
	if err != nil {
		return nil, sentinel(fromC(err), ErrUnknownService)
	}
	out = make(map[string]ServiceState, len(services))
	for _, service := range services {
		out[service.Name] = stateOf(service.State)
	}
	return out, nil
}

// Status returns the status of a service.
func (c *Client) Status(service string) (ServiceStatus, error) {
	return c.StatusContext(context.Background(), service)
}

// StatusContext is Status with a context. The end of the context ends the call.
func (c *Client) StatusContext(ctx context.Context, service string) (ServiceStatus, error) {
	daemon, err := c.use()
	if err != nil {
		return ServiceStatus{}, err
	}
	status, err := daemon.Status(ctx, service)
	if err != nil {
		return ServiceStatus{}, sentinel(fromC(err), ErrUnknownService)
	}
	return statusOf(status), nil
}

// Statuses returns the status of each monitored service, sorted by name. The daemon is asked for its list, and
// then for four statuses at a time: each status is of its own moment. A service that is forgotten in the
// meantime is left out. A service whose name Status would refuse has only its name and its state.
func (c *Client) Statuses() ([]ServiceStatus, error) {
	return c.StatusesContext(context.Background())
}

// StatusesContext is Statuses with a context. The end of the context ends the call.
func (c *Client) StatusesContext(ctx context.Context) ([]ServiceStatus, error) {
	daemon, err := c.use()
	if err != nil {
		return nil, err
	}
	statuses, err := daemon.Statuses(ctx)
	if err != nil {
		return nil, sentinel(fromC(err), ErrUnknownService)
	}
	var out []ServiceStatus
	for _, status := range statuses {
		out = append(out, statusOf(status))
	}
	return out, nil
}

func statusOf(status capi.Status) ServiceStatus {
	result := ServiceStatus{
		Name: status.Name, Pid: status.Pid, State: stateOf(status.State), Target: ServiceTarget(status.Target),
		After: make(map[string]string, len(status.After)),
	}
	for _, after := range status.After {
		result.After[after.Name] = after.State.Text
	}
	return result
}

// Exists returns whether a service is monitored. A service file alone does not count.
func (c *Client) Exists(service string) (bool, error) {
	return c.ExistsContext(context.Background(), service)
}

// ExistsContext is Exists with a context. The end of the context ends the call.
func (c *Client) ExistsContext(ctx context.Context, service string) (bool, error) {
	_, err := c.StatusContext(ctx, service)
	if errors.Is(err, ErrUnknownService) {
		return false, nil
	}
	return err == nil, err
}

// Stats returns what the processes of a service use. The daemon takes a second or two to measure it. zinit before
// 0.2.15 cannot do it: errors.Is then finds ErrNotSupported. If the service has no process, the error has
// CodeServiceDown.
func (c *Client) Stats(service string) (ServiceStats, error) {
	return c.StatsContext(context.Background(), service)
}

// StatsContext is Stats with a context. The end of the context ends the call.
func (c *Client) StatsContext(ctx context.Context, service string) (ServiceStats, error) {
	daemon, err := c.use()
	if err != nil {
		return ServiceStats{}, err
	}
	process, children, err := daemon.Stats(ctx, service)
	if err != nil {
		return ServiceStats{}, sentinel(fromC(err), ErrUnknownService)
	}
	stats := ServiceStats{Process: ProcessStats(process)}
	for _, child := range children {
		stats.Children = append(stats.Children, ProcessStats(child))
	}
	return stats, nil
}

// Version returns the version of the zinit binary. The daemon itself does not report its version: if the
// binary was replaced after the daemon started, the daemon is older than the result.
func (c *Client) Version() (semver.Version, error) {
	return c.VersionContext(context.Background())
}

// VersionContext is Version with a context. The end of the context ends the call.
func (c *Client) VersionContext(ctx context.Context) (semver.Version, error) {
	daemon, err := c.use()
	if err != nil {
		return semver.Version{}, err
	}
	text, major, minor, patch, err := daemon.Version(ctx)
	if err != nil {
		return semver.Version{}, fromC(err)
	}
	if version, err := semver.ParseTolerant(text); err == nil {
		return version, nil
	}
	return semver.Version{Major: major, Minor: minor, Patch: patch}, nil
}

// Protocol asks the daemon which protocol it speaks. The answer, ProtocolLine, ProtocolJSONRPC or ProtocolZinit03, is true at
// that moment, whatever Options.Protocol says.
func (c *Client) Protocol() (Protocol, error) {
	return c.ProtocolContext(context.Background())
}

// ProtocolContext is Protocol with a context. The end of the context ends the call.
func (c *Client) ProtocolContext(ctx context.Context) (Protocol, error) {
	daemon, err := c.use()
	if err != nil {
		return ProtocolAny, err
	}
	protocol, err := daemon.Protocol(ctx)
	return Protocol(protocol), fromC(err)
}

// Get returns the definition of a monitored service, from its file. The daemon may use an older content, if
// the file was changed since the daemon read it.
func (c *Client) Get(service string) (InitService, error) {
	return c.GetContext(context.Background(), service)
}

// GetContext is Get with a context. The end of the context ends the call.
func (c *Client) GetContext(ctx context.Context, service string) (InitService, error) {
	if _, err := c.StatusContext(ctx, service); err != nil {
		return InitService{}, err
	}
	return c.LoadServiceContext(ctx, service)
}

// LoadService reads the definition of a service from its file, whether the service is monitored or not.
func (c *Client) LoadService(name string) (InitService, error) {
	return c.LoadServiceContext(context.Background(), name)
}

// LoadServiceContext is LoadService with a context. The end of the context ends the call.
func (c *Client) LoadServiceContext(ctx context.Context, name string) (InitService, error) {
	daemon, err := c.use()
	if err != nil {
		return InitService{}, err
	}
	service, err := daemon.LoadService(ctx, name)
	if err != nil {
		return InitService{}, fromC(err)
	}
	return serviceFromC(service), nil
}

// AddService writes the file of a service, and replaces an existing one. The daemon reads it at Monitor.
func (c *Client) AddService(name string, service InitService) error {
	return c.AddServiceContext(context.Background(), name, service)
}

// AddServiceContext is AddService with a context. The end of the context ends the call.
func (c *Client) AddServiceContext(ctx context.Context, name string, service InitService) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	definition, err := service.toC()
	if err != nil {
		return err
	}
	return fromC(daemon.AddService(ctx, name, definition))
}

// RemoveService removes the file of a service. It is not a failure if the file does not exist. Stop and
// forget the service first.
func (c *Client) RemoveService(name string) error {
	return c.RemoveServiceContext(context.Background(), name)
}

// RemoveServiceContext is RemoveService with a context. The end of the context ends the call.
func (c *Client) RemoveServiceContext(ctx context.Context, name string) error {
	daemon, err := c.use()
	if err != nil {
		return err
	}
	return fromC(daemon.RemoveService(ctx, name))
}
