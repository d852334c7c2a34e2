"""The catalogue as functions of LibreOffice Calc: an extension made from it, and a headless office that runs it."""
