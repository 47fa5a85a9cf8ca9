"""The resolver as an MCP server (Model Context Protocol): tools for programs that are driven by a language model."""
