"""From a face to a booking."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sale import Sale, Showing

import morgiana as mg
from morgiana.payment import Booking, Ledger, Phones, Refused, cohort_of


@dataclass(frozen=True)
class Cashier:
    """Says who pays, by a gallery and a policy, and gives the ledger a receipt of it. Threads: any."""

    gallery: mg.Gallery
    stated: mg.PolicyFile
    phones: Phones
    log: mg.ReceiptLog
    ledger: Ledger
    relying_party: str
    calibration: mg.Calibration | None = None  # of a policy by a risk
    clock: Callable[[], float] = time.time

    def pay(self, sale: Sale, showing: Showing) -> Booking:
        """Idempotent: after an error, a lost answer or a crash ask again, or cancel.
        Errors: Refused; mg.Error; ValueError (digits that are not four)."""
        booking = self.ledger.find(sale.nonce)
        if booking is not None and booking.amount == sale.amount:
            return booking
        decision = self._decision(sale, showing)
        if decision.outcome != "granted":
            raise Refused(decision.outcome, decision.reason)
        bound = {"relying_party": self.relying_party, "nonce": sale.nonce, "amount": sale.amount}
        if decision.resolved is not None and self.calibration is not None:
            bound["calibration"] = self.calibration.digest
        receipt = self.log.sign(decision, policy_sha256=self.stated.digest, **bound)
        return self.ledger.book(receipt, sale.nonce, sale.amount)

    def cancel(self, sale: Sale) -> Booking | None:
        return self.ledger.cancel(sale.nonce)

    def _decision(self, sale: Sale, showing: Showing) -> mg.Decision:
        now_s, found = int(self.clock()), self._search(sale, showing)
        has_digits = showing.digits is not None and bool(found.candidates)
        if has_digits:
            owners = self.phones.owners(showing.digits, found.candidates, now_s)
            found = self._search(sale, showing, cohort_of(showing.digits))
        subject = mg.subject_in_question(found, self.stated.policy)
        if has_digits and not (owners if subject is None else subject in owners):
            raise Refused(mg.Outcome.STEP_UP, "wrong_digits")
        times = {"now_s": now_s, "begun_at_s": sale.begun_at_s, "captured_at_s": showing.captured_at_s}
        asked = {"amount": sale.amount, "attempt": showing.attempt, "has_second_factor": has_digits}
        facts = None
        if subject is not None:
            account = self.gallery.pseudonym(subject, self.relying_party)
            spent = self.ledger.spent_today(account, sale.amount.currency)
            facts = mg.SubjectFacts(subject, spent_today=spent)
        return mg.decide(found, self.stated.policy, mg.Context(**times, **asked, facts=facts))

    def _search(self, sale: Sale, showing: Showing, cohorts: int | None = None) -> mg.Identification:
        policy, among = self.stated.policy, {"cohorts": cohorts, "caller": sale.terminal}
        by = {"threshold": policy.accept, "risk": policy.risk, "calibration": self.calibration}
        asked = {"margin": policy.margin, "assurance": policy.assurance}
        return self.gallery.identify(showing.embedding, **by, **asked, **among)[0]
