package function

import "sync"

// A Refusal is why a function of the language is not offered.
type Refusal struct {
	Reason string // completes "the function X is not supported: "
	Hint   string // what to write in its place; empty where there is nothing
}

// Declined tells why a function of the language is not in the catalogue; false for one that is, and for a name that the
// language does not have.
func Declined(name string) (Refusal, bool) {
	r, ok := refusals()[name]
	return r, ok
}

var refusals = sync.OnceValue(func() map[string]Refusal {
	const place = "name the table alone: all tables are in one place"
	groups := []struct {
		Refusal
		names []string
	}{
		{Refusal{"H3 cells need a library that this engine does without", "geo_point_to_s2cell and geo_point_to_geohash also make cells of points"}, []string{
			"geo_h3cell_children", "geo_h3cell_level", "geo_h3cell_neighbors", "geo_h3cell_parent", "geo_h3cell_rings", "geo_h3cell_to_central_point",
			"geo_h3cell_to_polygon", "geo_point_to_h3cell", "geo_polygon_to_h3cells"}},
		{Refusal{"this geometry is not built", ""}, []string{"geo_intersection_2polygons", "geo_line_buffer", "geo_line_simplify", "geo_polygon_buffer",
			"geo_polygon_densify", "geo_polygon_simplify", "geo_simplify_polygons_array", "geo_union_lines_array"}},
		{Refusal{"how it combines the hashes is not published", "write hash(strcat_delim(\"|\", ...)), or hash_sha256 of it for a value that lasts"}, []string{"hash_combine", "hash_many"}},
		{Refusal{"it reads a stored model of a graph, and there are none here", "make the graph in the query: Edges | make-graph Source --> Target with Nodes on Id"}, []string{"graph"}},
		{Refusal{"it names another place", place}, []string{"cluster", "database", "entity_group", "external_table", "materialized_view", "stored_query_result"}},
		{Refusal{"a query is not told who runs it", ""}, []string{"current_principal", "current_principal_details", "current_principal_is_member_of"}},
		{Refusal{"tables here have no cursors", "compare ingestion_time()"}, []string{"current_cursor", "cursor_after", "cursor_before_or_at", "cursor_current"}},
		{Refusal{"it shows how another engine stores rows", ""}, []string{"current_node_id", "row_id", "rowstore_ordinal_range"}},
		{Refusal{"what it does is not documented", ""}, []string{"hll_isvalid", "passthrough", "tdigest_isvalid"}},
		{Refusal{"the language no longer has it", "use row_rank_dense or row_rank_min"}, []string{"row_rank"}},
		{Refusal{"a table is no value", "compute one of it with toscalar(...)"}, []string{"table"}},
	}
	all := map[string]Refusal{}
	for _, g := range groups {
		for _, name := range g.names {
			all[name] = g.Refusal
		}
	}
	return all
})
