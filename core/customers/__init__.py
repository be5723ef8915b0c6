"""The register of companies and contacts, shared by every plugin (客户档案)."""
