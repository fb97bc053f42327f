package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

func (c *cli) sendTest() *cobra.Command {
	return &cobra.Command{
		Use: "send-test GROUP", Short: "Send a test message to everyone in an action group", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Write)
			if err != nil {
				return err
			}
			defer server.Close()
			list, err := server.TestGroup(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			failed := 0
			out := c.results("RECEIVER", "CHANNEL", "RECIPIENT", "DELIVERED", "TOOK", "DETAIL")
			for _, r := range list {
				delivered, detail := "yes", r.Reference
				if !r.Delivered {
					delivered, detail = "no", r.Error
					failed++
				}
				out.add(r, r.Receiver, r.Channel, r.Recipient, delivered, fmt.Sprintf("%dms", r.Millis), detail)
			}
			if err := out.end(); err != nil {
				return err
			}
			if failed > 0 {
				return fault.New(fault.Unavailable, "%d of %d receivers were not reached", failed, len(list)).
					WithNext("the column DETAIL says why; in an emergency they would not be reached either")
			}
			return nil
		},
	}
}
