"""What the workers of the Python peers run. A module of its own, since some import it by name."""


def no_op(_data=None):
    return None


def add_one(number):
    return number + 1
