"""Why a case ends otherwise than by its own result."""


class Nonsense(BaseException):
    pass


class Gone(BaseException):
    pass


class Unsupported(BaseException):
    pass


class Skipped(Exception):
    pass
