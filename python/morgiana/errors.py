"""The one exception type."""


class Error(Exception):
    """What went wrong: a stable name in ``code`` (that of ``morgiana::Errc``), and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
