"""Preservation packages of one dossier each: SIP, AIP, DIP as of Thông tư 05/2025/TT-BNV and E-ARK CSIP, and flat tables."""
