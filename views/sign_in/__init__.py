"""Who sits at the desk: the cover over the window that asks for staff number and password."""
