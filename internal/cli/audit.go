package cli

import (
	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

func (c *cli) audit() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "List and verify the trail of changes in Glasswatch itself", Args: cobra.NoArgs,
		Long: "The audit trail holds every change of rules, action groups, accounts, channels and tokens, and every answer to an alert or\n" +
			"incident, with who made it. Its entries are chained by hash.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.auditList(), c.auditVerify())
	return cmd
}

func (c *cli) auditList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the audit trail, in order", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			out := c.results("NUMBER", "AT", "ACTOR", "ACTION", "SUBJECT", "DETAIL")
			if err := server.AuditTrail(cmd.Context(), func(e audit.Entry) error {
				out.add(e, count(int(e.Sequence)), moment(e.At), e.Actor, e.Action, e.Subject, e.Detail)
				return nil
			}); err != nil {
				return err
			}
			return out.end()
		},
	}
}

// verified is what auditVerify prints.
type verified struct {
	Entries int64  `json:"entries"`
	Hash    string `json:"hash"`
	Contain bool   `json:"contains,omitempty"` // --since is an entry of the trail
}

func (c *cli) auditVerify() *cobra.Command {
	since := ""
	cmd := &cobra.Command{
		Use: "verify", Short: "Verify that no entry of the audit trail was changed or taken out", Args: cobra.NoArgs,
		Long: "Verify the audit trail: the hashes are computed here, from the entries. Keep the hash that is printed, outside of the\n" +
			"server: with --since HASH a later verification also shows that nothing was cut off at the end.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			var v audit.Verifier
			found := since == ""
			if err := server.AuditTrail(cmd.Context(), func(e audit.Entry) error {
				found = found || e.Hash == since
				if err := v.Next(e); err != nil {
					return fault.New(fault.Conflict, "the audit trail is broken: %w", err).
						WithNext("treat the server as tampered with: compare with a backup of state.db, and with the server's log")
				}
				return nil
			}); err != nil {
				return err
			}
			if !found {
				return fault.New(fault.Conflict, "no entry of the audit trail has the hash %s: entries were cut off, or the hash is of another server", since).
					WithNext("compare with a backup of state.db, and with the server's log")
			}
			out := c.results("ENTRIES", "HASH OF THE LAST")
			out.add(verified{v.Last().Sequence, v.Last().Hash, since != ""}, count(int(v.Last().Sequence)), v.Last().Hash)
			return out.end()
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "hash printed by an earlier verification, which must be in the trail")
	return cmd
}
