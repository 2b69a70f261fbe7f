"""imgcdn: a self-hosted image CDN origin whose crops are right and say why."""

__version__ = "0.1.0"
