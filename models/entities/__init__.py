"""Every entity, so that importing the package declares the whole schema."""

from models.entities.callback import Callback, Communication
from models.entities.local import (
    BlobTransfer,
    Draft,
    ImportBatch,
    ImportChange,
    LocalState,
    Outbox,
    PrinterProfile,
    RefusedPatch,
    SavedView,
    SignInState,
)
from models.entities.operation_log import OperationLog
from models.entities.organisation import Department, PermissionGroup, Staff
from models.entities.place import Building, Decoration, Room, Site, Unit
from models.entities.resident import (
    Occupancy,
    ParkingSpace,
    Pet,
    Phone,
    Resident,
    ResidentTag,
    Tag,
    Vehicle,
)
from models.entities.setting import Conflict, ImportMapping, ParameterValue
from models.entities.synced import Base, Synced, new_id
from models.entities.ticket import Attachment, Category, ChargeLine, PrintRecord, Ticket, TicketEvent

__all__ = [
    "Attachment",
    "Base",
    "BlobTransfer",
    "Building",
    "Callback",
    "Category",
    "ChargeLine",
    "Communication",
    "Conflict",
    "Decoration",
    "Department",
    "Draft",
    "ImportBatch",
    "ImportChange",
    "ImportMapping",
    "LocalState",
    "Occupancy",
    "OperationLog",
    "Outbox",
    "ParameterValue",
    "ParkingSpace",
    "PermissionGroup",
    "Pet",
    "Phone",
    "PrintRecord",
    "PrinterProfile",
    "RefusedPatch",
    "Resident",
    "ResidentTag",
    "Room",
    "SavedView",
    "SignInState",
    "Site",
    "Staff",
    "Synced",
    "Tag",
    "Ticket",
    "TicketEvent",
    "Unit",
    "Vehicle",
    "new_id",
]
