"""Every decision between what was asked and what will be done, in whole pixels. Pure."""
