"""The API of SnapOtter: smart crop as an asynchronous job."""
