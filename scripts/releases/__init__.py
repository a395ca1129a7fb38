"""What `scripts/release` is made of, a part for each registry."""
