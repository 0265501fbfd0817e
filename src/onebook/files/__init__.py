"""File formats that contacts travel in: read and written row by row, pure, in constant memory."""
