package plugin

// declined lists the plugins that are not offered, with the reason.
func declined() []Plugin {
	reasons := map[string][]string{
		"queries reach no other service": {"azure_digital_twins_query_request", "cosmosdb_sql_request", "dax_request", "execute_query",
			"execute_show_command", "http_request", "http_request_post", "mysql_request", "postgresql_request", "sql_request"},
		"queries reach no model service":               {"ai_chat_completion", "ai_chat_completion_prompt", "ai_embed_text", "ai_embeddings"},
		"queries run no code":                          {"csharp", "python", "r"},
		"queries read no files":                        {"external_datatable", "infer_storage_schema", "infer_storage_schema_with_suggestions"},
		"it serves the tests of another engine":        {"identity_v3"},
		"how it builds its patterns is not documented": {"diffpatterns_text"},
	}
	var out []Plugin
	for reason, names := range reasons {
		for _, name := range names {
			out = append(out, Plugin{Name: name, Declined: reason})
		}
	}
	return out
}
