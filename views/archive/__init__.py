"""What the pages of rooms and of residents share: fields, dialogs, the detail column, masked phones."""
