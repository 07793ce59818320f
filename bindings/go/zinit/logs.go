package zinit

import (
	"context"
	"fmt"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// LogStream returns the lines of the daemon's log, one after another. It ends when its context ends, at
// Close, at io.EOF, or when Next returns any other error, except the error of Next's own context. When it
// ends, it frees its resources.
type LogStream struct {
	logs *capi.Logs
}

// LogSource says where a line of the log comes from. A program must expect sources that it does not know.
type LogSource int32

// The sources of lines.
const (
	// LogSourceStdout is the service's standard output.
	LogSourceStdout LogSource = capi.LogSourceStdout
	// LogSourceStderr is the service's standard error.
	LogSourceStderr LogSource = capi.LogSourceStderr
	// LogSourceStart is zinit's own mark: the daemon has spawned the service.
	LogSourceStart LogSource = capi.LogSourceStart
	// LogSourceTest is the standard output or standard error of the service's test command.
	LogSourceTest LogSource = capi.LogSourceTest
	// LogSourceDropped says that lines of some service were lost. Either the daemon dropped them for a slow
	// reader, or the library dropped them because of their size.
	LogSourceDropped LogSource = capi.LogSourceDropped
)

// String returns the word for a source: "stdout", "stderr", "start", "test" or "dropped".
func (s LogSource) String() string {
	switch s {
	case LogSourceStdout:
		return "stdout"
	case LogSourceStderr:
		return "stderr"
	case LogSourceStart:
		return "start"
	case LogSourceTest:
		return "test"
	case LogSourceDropped:
		return "dropped"
	default:
		return fmt.Sprintf("LogSource(%d)", int32(s))
	}
}

// LogLine is one line of the log.
type LogLine struct {
	// Service is the service that the line belongs to, or "". A line of a service's test has the service's
	// own name.
	Service string
	// Source says where the line comes from.
	Source LogSource
	// Text is the line without the newline. It need not be UTF-8, and may contain a NUL.
	Text string
	// Truncated says that the end is missing: the line had more than 65536 bytes, or the daemon ended in the
	// middle of it.
	Truncated bool
}

// Logs begins to read the log of a service; "" means all services. last is how many of the last lines that
// the daemon has kept to read; -1 means all. With follow, the stream has new lines too. The end of the
// context ends the stream.
//
// Logs opens the connection at once and does not wait: with follow, every line that is printed after the call is
// returned. Until the daemon has taken in the command, such a line is one of the kept ones, so that a small last can
// leave it out. If the daemon does not know the service, the first Next returns ErrUnknownService. The daemon keeps the
// last 2000 lines of all services together.
//
// The daemon sends plain text, and the library finds the service and the source in this text. This is exact
// for names that do not contain ": ". A service can print text to its stderr that looks like a start mark. A
// service whose Log is none or stdout has no lines here.
func (c *Client) Logs(ctx context.Context, service string, last int, follow bool) (*LogStream, error) {
	daemon, err := c.use()
	if err != nil {
		return nil, err
	}
	logs, err := daemon.Logs(ctx, service, int64(last), follow)
	if err != nil {
		return nil, fromC(err)
	}
	return &LogStream{logs}, nil
}

// Next waits for the next line, until its context or the context of the stream ends. After the last line it
// returns io.EOF, or an error with CodeClosed if the log is followed and the daemon has ended. It returns
// ErrUnknownService if the daemon does not know the service, and os.ErrClosed after Close. Once the stream
// has ended, it returns the same error each time.
//
// While the log is followed, at most 64 KiB are read ahead of the caller: a slow reader loses only the lines
// that the daemon itself drops.
func (s *LogStream) Next(ctx context.Context) (LogLine, error) {
	line, err := s.logs.Next(ctx)
	if err != nil {
		return LogLine{}, sentinel(fromC(err), ErrUnknownService)
	}
	return LogLine{
		Service: line.Service, Source: LogSource(line.Source), Text: line.Text, Truncated: line.Truncated,
	}, nil
}

// Close ends the stream, and a call of Next that is waiting. It returns nil, and may be called more than
// once.
func (s *LogStream) Close() error {
	s.logs.Close()
	return nil
}
