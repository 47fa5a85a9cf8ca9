"""The pages: server-rendered HTML on top of the REST service, for people with a browser."""
