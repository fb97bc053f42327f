package cli

import (
	"github.com/spf13/cobra"
)

func (c *cli) demo() *cobra.Command { return &cobra.Command{Use: "demo"} }
