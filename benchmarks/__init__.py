"""What performance is claimed is measured here."""
