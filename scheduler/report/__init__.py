"""What the workbook and the page are made of: cells, tones, figures, and the two file formats."""
