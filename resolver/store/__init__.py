"""Storage: the only package with SQL besides the build pipeline."""
