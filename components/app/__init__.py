"""The application: what its containers share, its slots, and its worker."""

from components.app.component import ADMIN_USER, App, AppArgs, upstream
from components.app.slot import AppSlot, AppSlotArgs, SlotVersion
from components.app.worker import AppWorker, AppWorkerArgs

__all__ = ["ADMIN_USER", "App", "AppArgs", "AppSlot", "AppSlotArgs", "AppWorker", "AppWorkerArgs", "SlotVersion", "upstream"]
