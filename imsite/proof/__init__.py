"""People who talk while things break, and a ledger of what each of them was promised.

`manage.py prove_delivery` runs it for anybody who wants to see it, the tests of the cluster for us.
"""

from .figures import Figures
from .ledger import Ledger
from .people import Account, Person
from .proof import Proof
from .servers import Cluster
from .store import Store
from .talk import PEOPLE, STRANGERS, Talk, Violation
from .wrong import Wrong

__all__ = [
    "PEOPLE",
    "STRANGERS",
    "Account",
    "Cluster",
    "Figures",
    "Ledger",
    "Person",
    "Proof",
    "Store",
    "Talk",
    "Violation",
    "Wrong",
]
