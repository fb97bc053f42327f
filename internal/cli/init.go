package cli

import (
	"github.com/spf13/cobra"
)

func (c *cli) init() *cobra.Command { return &cobra.Command{Use: "init"} }
