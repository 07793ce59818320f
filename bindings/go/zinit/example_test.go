package zinit_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// This is the most common use: replaces a service, if it exists, by a new definition.
func Example() {
	client := zinit.Default()
	const name = "web"

	if _, err := client.Status(name); err == nil {
		if err := client.StopWait(5*time.Second, name); err != nil {
			fmt.Println(err)
			return
		}
		if err := client.Forget(name); err != nil {
			fmt.Println(err)
			return
		}
	} else if !errors.Is(err, zinit.ErrUnknownService) {
		fmt.Println(err)
		return
	}
	err := zinit.AddService(name, zinit.InitService{
		Exec: "sleep 1000",
		Env:  map[string]string{"PORT": "8080"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := client.Monitor(name); err != nil && err != zinit.ErrAlreadyMonitored {
		fmt.Println(err)
		return
	}
	if err := client.StartWait(20*time.Second, name); err != nil {
		fmt.Println(err)
		return
	}
	status, err := client.Status(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.Name, status.State.String(), status.Target)

	if err := client.Destroy(5*time.Second, name); err != nil {
		fmt.Println(err)
		return
	}
	exists, err := client.Exists(name)
	fmt.Println(exists, err)
	// Output:
	// web running Up
	// false <nil>
}

// This does the same in one call. The error says which step failed.
func ExampleClient_Deploy() {
	client := zinit.Default()
	err := client.Deploy(5*time.Second, 20*time.Second, "worker", zinit.InitService{Exec: "sleep 1000"})
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := client.Status("worker")
	fmt.Println(status.State.String(), err)
	fmt.Println(client.Destroy(5*time.Second, "worker"))
	// Output:
	// running <nil>
	// <nil>
}

// This finds out the kind of a failure.
func ExampleError() {
	client := zinit.Default()
	_ = zinit.AddService("broken", zinit.InitService{Exec: "sh -c 'exit 3'", Oneshot: true})
	_ = client.Monitor("broken")
	defer func() { _ = client.Destroy(time.Second, "broken") }()

	err := client.StartWait(20*time.Second, "broken")
	var failed *zinit.Error
	if errors.As(err, &failed) && failed.Code == zinit.CodeServiceFailed {
		fmt.Println(failed.Service, failed.State.Is(zinit.ServiceStateError), failed.RequestSent)
	}
	// Output:
	// broken true true
}

// This reads the last lines of a service's log and then new lines, until the context ends.
func ExampleClient_Logs() {
	client := zinit.Default()
	_ = zinit.AddService("greeter", zinit.InitService{Exec: "sh -c 'echo hello; sleep 1000'"})
	_ = client.Monitor("greeter")
	defer func() { _ = client.Destroy(time.Second, "greeter") }()

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	logs, err := client.Logs(ctx, "greeter", -1, true)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = logs.Close() }()
	for {
		line, err := logs.Next(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		if line.Source == zinit.LogSourceStdout {
			fmt.Println(line.Service, line.Source, line.Text)
			break
		}
	}
	// Output:
	// greeter stdout hello
}
