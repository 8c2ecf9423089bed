"""Where moto answers differently from AWS in what a setup uses, and how each difference is filled.

Each filler says what AWS does, by the API reference of the service. Filled is only what can be
true here; throttling, eventual consistency and ACL errors would only be pretended, and are shown
by scripted HTTP in the part tests instead. Written against moto 5.2.5 (requirements.txt); a newer
moto needs a look at each.
"""

import gaps_kms
import gaps_logs
import gaps_organizations
import gaps_s3
import gaps_ssm


def fill() -> None:
    """Changes moto's classes in place; call it once, before the server starts."""
    for service in (gaps_kms, gaps_logs, gaps_organizations, gaps_s3, gaps_ssm):
        service.fill()
