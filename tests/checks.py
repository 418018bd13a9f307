"""What the programs that look at finished packages say of each rule, one line each."""


class Check:
    """Collects what was found."""

    def __init__(self):
        self.good = self.bad = 0

    def that(self, what, wrong, figure=""):
        """`wrong`: what is not as it must be; empty where all is well."""
        wrong = [str(entry) for entry in wrong]
        if wrong:
            self.bad += 1
            more = f" and {len(wrong) - 12} more" if len(wrong) > 12 else ""
            print(f"FAILED  {what}: {'; '.join(wrong[:12])}{more}")
        else:
            self.good += 1
            print(f"ok      {what}{': ' if figure else ''}{figure}")
