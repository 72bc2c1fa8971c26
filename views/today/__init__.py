"""今日: what a clerk needs to see when the desk opens."""
