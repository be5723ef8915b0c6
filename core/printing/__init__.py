"""Labels, envelopes and lists: templates in millimetres, PDFs by typst, every run logged."""
